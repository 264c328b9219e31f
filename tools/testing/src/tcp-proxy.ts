import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '@fourfold/system/machine/free-ports';

const HOST = '127.0.0.1';

/** A TCP proxy before a server: a test connects through it, cuts or silences every connection, and opens it again on the same port. */
export class TcpProxy {
  /** `127.0.0.1:20001` */
  readonly address: string;
  /** The server's URL with the proxy's host and port. */
  readonly url: string;
  readonly #port: number;
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  readonly #silent = new WeakSet<Socket>();
  #swallowsNew = false;

  private constructor(target: URL, port: number) {
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#port = port;
    this.address = `${HOST}:${port}`;
    this.url = Object.assign(new URL(target), { host: this.address }).href;
  }

  /** A closed proxy before a server, which is a URL or `host:port`; `defaultPort` is for URLs that name none. */
  static async before(server: string, defaultPort?: number): Promise<TcpProxy> {
    const target = new URL(server.includes('://') ? server : `tcp://${server}`);
    if (!target.port && !defaultPort) throw new Error(`${server} has no port`);
    target.port ||= String(defaultPort);
    const [port] = await freePorts(1);
    return new TcpProxy(target, port!);
  }

  /** Resolves once it listens. */
  async open(): Promise<void> {
    this.#server = createServer((client) => this.#join(client, connect(this.#target)));
    await once(this.#server.listen(this.#port, HOST), 'listening');
  }

  /** Drops every connection and accepts none until it is opened again; resolves once the port is free. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Swallows what every open connection sends from now on, and closes none. New connections pass, unless `newOnes` go silent too. */
  silence({ newOnes = false } = {}): void {
    for (const socket of this.#sockets) this.#swallow(socket);
    this.#swallowsNew = newOnes;
  }

  /** New connections pass again. */
  unsilence(): void {
    this.#swallowsNew = false;
  }

  #join(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.#silent.has(socket)) other.destroy(); // a silent connection does not even say that it is closed
      });
      socket.pipe(other);
      if (this.#swallowsNew) this.#swallow(socket);
    }
  }

  #swallow(socket: Socket): void {
    this.#silent.add(socket);
    socket.unpipe();
    socket.resume();
  }
}
