import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { freePorts } from '@fourfold/system/machine/free-ports';
import { RenamedBroker } from './renamed-broker.ts';

const HOST = '127.0.0.1';

/** A connection through the proxy. */
interface Link {
  client: Socket;
  server: Socket;
  /** What the server sends goes here: to the client, or through what changes it. */
  toClient: Writable;
}

/** A TCP proxy before a server: a test connects through it, cuts, holds or silences every connection, and opens it again on the same port. */
export class TcpProxy {
  /** `127.0.0.1:20001` */
  readonly address: string;
  /** The server's URL with the proxy's host and port. */
  readonly url: string;
  readonly #port: number;
  readonly #target: { host: string; port: number };
  readonly #isKafka: boolean;
  readonly #links = new Set<Link>();
  #server: Server | undefined;
  readonly #silent = new WeakSet<Socket>();
  #swallowsNew = false;
  #isHeld = false;

  private constructor(target: URL, port: number, isKafka: boolean) {
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#port = port;
    this.#isKafka = isKafka;
    this.address = `${HOST}:${port}`;
    this.url = Object.assign(new URL(target), { host: this.address }).href;
  }

  /** A closed proxy before a server, which is a URL or `host:port`; `defaultPort` is for URLs that name none. */
  static async before(server: string, defaultPort?: number): Promise<TcpProxy> {
    return new TcpProxy(targetOf(server, defaultPort), await freePort(), false);
  }

  /** The same before a Kafka broker, `127.0.0.1:9092`. Clients connect to where it says that it is; it then says the proxy's address. */
  static async beforeKafka(broker: string): Promise<TcpProxy> {
    return new TcpProxy(targetOf(broker), await freePort(), true);
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
    for (const link of this.#links) this.#close(link);
    await closed;
  }

  /** Swallows what every open connection sends from now on, and closes none. New connections pass, unless `newOnes` go silent too. */
  silence({ newOnes = false } = {}): void {
    for (const link of this.#links) this.#swallow(link);
    this.#swallowsNew = newOnes;
  }

  /** New connections pass again. */
  unsilence(): void {
    this.#swallowsNew = false;
  }

  /** Keeps back what connections send, also new ones, and that they are closed, as a network does that loses every packet. */
  hold(): void {
    this.#isHeld = true;
    for (const { client, server } of this.#links) for (const socket of [client, server]) socket.unpipe();
  }

  /** Passes on what was kept back. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const link of this.#links)
      if (link.client.destroyed || link.server.destroyed) this.#close(link);
      else if (!this.#silent.has(link.client)) pass(link);
  }

  #join(client: Socket, server: Socket): void {
    const link: Link = { client, server, toClient: this.#isKafka ? this.#renamedTo(client) : client };
    this.#links.add(link);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => {
        // a silent connection does not even say that it is closed
        if (other.destroyed || !(this.#isHeld || this.#silent.has(socket))) this.#close(link);
      });
    }
    if (!this.#isHeld) pass(link);
    if (this.#swallowsNew) this.#swallow(link);
  }

  #renamedTo(client: Socket): Writable {
    const renamed = new RenamedBroker(this.#target.port, this.#port);
    renamed.pipe(client);
    return renamed;
  }

  #close(link: Link): void {
    link.client.destroy();
    link.server.destroy();
    this.#links.delete(link);
  }

  #swallow({ client, server }: Link): void {
    for (const socket of [client, server]) {
      this.#silent.add(socket);
      socket.unpipe();
      socket.resume();
    }
  }
}

const pass = ({ client, server, toClient }: Link): void => {
  client.pipe(server);
  server.pipe(toClient);
};

const targetOf = (server: string, defaultPort?: number): URL => {
  const target = new URL(server.includes('://') ? server : `tcp://${server}`);
  if (!target.port && !defaultPort) throw new Error(`${server} has no port`);
  target.port ||= String(defaultPort);
  return target;
};

const freePort = async (): Promise<number> => (await freePorts(1))[0]!;
