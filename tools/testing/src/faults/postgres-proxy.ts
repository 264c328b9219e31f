import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseFaults } from './database-faults.ts';
import {
  asksForEncryption,
  failure,
  type PostgresMessage,
  PostgresMessages,
  query,
  sqlOf,
} from './postgres-messages.ts';

const HOST = '127.0.0.1';
/** How many COMMITs in a row are refused. */
const REFUSED = 3;
const SERIALIZATION_FAILURE = '40001';

export interface PostgresProxyOptions {
  /** The service, in what is told of faults. */
  service: string;
  faults: DatabaseFaults;
  /** Kills the process that connects through this proxy. */
  kill: () => void;
}

/** Stands before a PostgreSQL server for one process, and lets go wrong what its faults decide, at statements and at COMMIT. */
export class PostgresProxy {
  /** The server's URL with the proxy's host and port. */
  readonly url: string;
  private readonly sessions = new Set<Session>();
  private refusing = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
    private readonly options: PostgresProxyOptions,
    url: string,
  ) {
    this.url = url;
    server.on('connection', (client) => this.join(client));
  }

  static async before(url: string, options: PostgresProxyOptions): Promise<PostgresProxy> {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { hostname, port: target } = new URL(url);
    const own = Object.assign(new URL(url), { host: `${HOST}:${port}` }).href;
    return new PostgresProxy(server, { host: hostname, port: Number(target || 5432) }, options, own);
  }

  close(): void {
    this.server.close();
    for (const session of this.sessions) session.end();
  }

  /** Whether this COMMIT is refused: the first one by decision, and those that follow it. */
  refusesCommit(place: string): boolean {
    if (this.refusing === 0 && this.options.faults.happens('database.commits-refused', place)) this.refusing = REFUSED;
    if (this.refusing === 0) return false;
    this.refusing--;
    return true;
  }

  private join(client: Socket): void {
    const session = new Session(client, connect(this.target), this, this.options);
    this.sessions.add(session);
    client.once('close', () => this.sessions.delete(session));
  }
}

/** One connection. */
class Session {
  private readonly fromClient = new PostgresMessages(true);
  private readonly fromServer = new PostgresMessages(false);
  /** The messages of the client since the last one that the server answers. */
  private request: PostgresMessage[] = [];
  /** Requests are passed on in order, though one may be delayed. */
  private passing = Promise.resolve();
  /** What becomes of the server's next answer; undefined if it passes. */
  private withheld?: () => void;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly proxy: PostgresProxy,
    private readonly options: PostgresProxyOptions,
  ) {
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on('error', () => {}).once('close', () => server.destroy());
    server.on('error', () => {}).once('close', () => client.destroy());
    client.on('data', (chunk) => this.fromClient.push(chunk).forEach((message) => this.take(message)));
    server.on('data', (chunk) => this.answer(chunk));
  }

  end(): void {
    this.client.destroy();
    this.server.destroy();
  }

  private take(message: PostgresMessage): void {
    if (message.type === '' && asksForEncryption(message.bytes)) return void this.client.write('N');
    this.request.push(message);
    if (message.type !== '' && !'QSX'.includes(message.type)) return; // more of the same request follows
    const request = this.request;
    this.request = [];
    this.passing = this.passing.then(() => this.pass(request)).catch(() => this.end());
  }

  private async pass(request: PostgresMessage[]): Promise<void> {
    const bytes = Buffer.concat(request.map((message) => message.bytes));
    const sql = request.map(sqlOf).find((text) => text !== undefined);
    if (sql === undefined) return void this.server.write(bytes);
    const { faults, service, kill } = this.options;
    const place = `${service}, ${shortened(sql)}`;

    const delay = faults.delay('database.statement-delayed', place);
    if (delay) await sleep(delay);
    if (faults.happens('process.killed-before-statement', place)) return kill();
    if (faults.happens('process.killed-after-statement', place)) this.withheld = kill;
    else if (/^\s*commit\b/i.test(sql)) {
      if (faults.happens('database.commit-lost', place)) return this.end();
      if (this.proxy.refusesCommit(place)) return this.refuse();
      if (faults.happens('database.commit-answer-lost', place)) this.withheld = () => this.end();
    } else if (faults.happens('database.statement-lost', place)) return this.end();
    this.server.write(bytes);
  }

  /** Rolls back instead, and answers with an error. */
  private refuse(): void {
    this.withheld = () =>
      void this.client.write(failure(SERIALIZATION_FAILURE, 'could not serialize access due to a fault on purpose'));
    this.server.write(query('rollback'));
  }

  private answer(chunk: Buffer): void {
    const isWithheld = this.withheld !== undefined;
    if (!isWithheld) this.client.write(chunk);
    for (const { type } of this.fromServer.push(chunk)) if (type === 'Z' && isWithheld) this.settle();
  }

  private settle(): void {
    const then = this.withheld;
    this.withheld = undefined;
    then?.();
  }
}

/** `insert into "orders"`: the same for the same statement, whatever its values are. */
const shortened = (sql: string): string => sql.trim().split(/\s+/).slice(0, 3).join(' ').slice(0, 60);
