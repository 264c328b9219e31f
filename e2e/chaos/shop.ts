/** The shop over real servers, two processes of each app, with a proxy before everything that anything connects to. */
import { toFile } from '@fourfold/system/printing/output';
import { readinessOf } from '@fourfold/system/processes/ready';
import { isReplicaOf } from '@fourfold/system/replicas';
import { System } from '@fourfold/system/run';
import { type App, apps, databaseUrl, grpcVariable, type Need, type Servers } from '@fourfold/system/system';
import { Databases } from '@fourfold/testing/databases';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import type { QueryResult, QueryResultRow } from 'pg';
import { isServer } from './plan.ts';

const VARIABLES: Record<Need, string> = { database: 'DATABASE_URL', rabbitmq: 'RABBITMQ_URL', kafka: 'KAFKA_BROKERS' };
const RABBITMQ_PORT = 5672;
/** Units of each product: more than anybody orders. */
export const STOCK = 1_000_000_000;

/** A proxy, and how many faults cut it or hold it at the moment. */
interface Way {
  proxy: TcpProxy;
  cuts: number;
  holds: number;
  isOpen: boolean;
  /** Opens and cuts one after the other. */
  settled: Promise<void>;
}

export class Shop {
  /** The ids of all products. */
  products: string[] = [];
  readonly #system: System;
  /** By process and what it connects to, `orders 2 kafka`; or by process and what is called of it, `orders 2 grpc`. */
  readonly #ways = new Map<string, Way>();
  #databases: Databases | undefined;

  private constructor(log: string) {
    this.#system = new System({
      fresh: true,
      replicas: 2,
      brokers: 'native',
      output: toFile(log),
      onServers: (servers) => this.#openWays(servers),
      environment: (app, environment, replica) => this.#throughProxies(app, environment, replica),
    });
  }

  /** What it prints goes to the file `log`. */
  static async open(log: string): Promise<Shop> {
    const shop = new Shop(log);
    await shop.#system.start();
    const { rows } = await shop.query('inventory', 'update products set stock = $1 returning product_id', [STOCK]);
    shop.products = rows.map((row) => row.product_id);
    return shop;
  }

  async close(): Promise<void> {
    await this.#databases?.close();
    await this.#system.stop();
    await Promise.all([...this.#ways.values()].map(({ proxy }) => proxy.cut()));
  }

  /** Ends everything at once. */
  kill(): void {
    this.#system.kill();
  }

  /** Where customers send their requests: both gateways. */
  get gateways(): string[] {
    return ['gateway', 'gateway 2'].map((name) => `http://${this.#ways.get(`${name} http`)!.proxy.address}`);
  }

  /** The servers' own addresses: whoever asks them, asks past all proxies. */
  get servers(): Required<Servers> {
    return this.#system.addresses as Required<Servers>;
  }

  /** Sends a signal to a process of an app, or to a server with all its processes. */
  signal(target: string, signal: NodeJS.Signals): void {
    if (isServer(target)) this.#system.signalServer(target, signal);
    else this.#system.signal(target, signal);
  }

  /** Ends all connections of a process or a server, and refuses new ones. */
  async disconnect(target: string): Promise<void> {
    await Promise.all(this.#waysOf(target).map((way) => cutBy(way, 1)));
  }

  async connect(target: string): Promise<void> {
    await Promise.all(this.#waysOf(target).map((way) => cutBy(way, -1)));
  }

  /** No byte of a process or a server arrives, and none reaches it; nobody is told. */
  silence(target: string): void {
    for (const way of this.#waysOf(target)) if (!way.holds++) way.proxy.hold();
  }

  /** What was sent meanwhile arrives now. */
  unsilence(target: string): void {
    for (const way of this.#waysOf(target)) if (!--way.holds) way.proxy.release();
  }

  /** What says that it is not ready: `orders 2: {"kafka":"…"}` */
  async waitsFor(): Promise<string[]> {
    const said = await Promise.all(
      this.#system.replicas.map(async (name) => {
        const { isReady, says } = await readinessOf(this.#system.url(name));
        return isReady ? undefined : `${name} is not ready: ${says}`;
      }),
    );
    return said.filter((one) => one !== undefined);
  }

  /** Asks an app's database. */
  query<Row extends QueryResultRow = any>(
    app: string,
    text: string,
    values: unknown[] = [],
  ): Promise<QueryResult<Row>> {
    this.#databases ??= new Databases(this.servers.database);
    return this.#databases.query<Row>(app, text, values);
  }

  #waysOf(target: string): Way[] {
    const isMeant = (name: string) =>
      isServer(target) ? name.endsWith(` ${target}`) : name.slice(0, name.lastIndexOf(' ')) === target;
    return [...this.#ways].filter(([name]) => isMeant(name)).map(([, way]) => way);
  }

  async #openWays(servers: Servers): Promise<void> {
    for (const replica of this.#system.replicas) {
      const { needs, grpc } = apps.find(({ name }) => isReplicaOf(replica, name))!;
      for (const need of needs) await this.#openWay(`${replica} ${need}`, proxyBefore(need, servers[need]!));
      if (grpc) await this.#openWay(`${replica} grpc`, TcpProxy.before(this.#system.grpc(replica)));
      if (isReplicaOf(replica, 'gateway'))
        await this.#openWay(`${replica} http`, TcpProxy.before(this.#system.url(replica)));
    }
  }

  async #openWay(name: string, made: Promise<TcpProxy>): Promise<void> {
    const proxy = await made;
    await proxy.open();
    this.#ways.set(name, { proxy, cuts: 0, holds: 0, isOpen: true, settled: Promise.resolve() });
  }

  #throughProxies(app: App, environment: Record<string, string>, replica: string): Record<string, string> {
    const changed: Record<string, string> = { ...environment, LOG_FORMAT: 'json' };
    for (const need of app.needs) {
      const { url, address } = this.#ways.get(`${replica} ${need}`)!.proxy;
      changed[VARIABLES[need]] = need === 'kafka' ? address : need === 'database' ? databaseUrl(url, app.name) : url;
    }
    for (const target of app.calls)
      changed[grpcVariable(target)] = `ipv4:${[target, `${target} 2`]
        .map((name) => this.#ways.get(`${name} grpc`)!.proxy.address)
        .join(',')}`;
    return changed;
  }
}

const proxyBefore = (need: Need, server: string): Promise<TcpProxy> => {
  if (need === 'kafka') return TcpProxy.beforeKafka(server);
  return need === 'rabbitmq' ? TcpProxy.before(server, RABBITMQ_PORT) : TcpProxy.before(server);
};

/** Several faults may cut the same proxy: it is open again when the last of them is over. */
const cutBy = (way: Way, count: 1 | -1): Promise<void> => {
  way.cuts += count;
  way.settled = way.settled.then(() => settle(way));
  return way.settled;
};

const settle = async (way: Way): Promise<void> => {
  if (way.isOpen === !way.cuts) return;
  way.isOpen = !way.cuts;
  await (way.isOpen ? way.proxy.open() : way.proxy.cut());
};
