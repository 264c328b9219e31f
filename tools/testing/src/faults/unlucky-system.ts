import { type AmqpBroker, startAmqp } from '@fourfold/embedded-brokers/amqp';
import { Faults, UNLUCKY } from '@fourfold/embedded-brokers/faults';
import { type KafkaBroker, startKafka } from '@fourfold/embedded-brokers/kafka';
import { toFile } from '@fourfold/system/printing/output';
import { readinessOf } from '@fourfold/system/processes/ready';
import { isReplicaOf } from '@fourfold/system/replicas';
import { type App, apps } from '@fourfold/system/system';
import { System } from '@fourfold/system/run';
import { Databases } from '../databases.ts';
import { DatabaseFaults, UNLUCKY_DATABASE } from './database-faults.ts';
import { PostgresProxy } from './postgres-proxy.ts';

export interface UnluckySystemOptions {
  /** Apps of system.ts. Those that they call run as well. */
  services: readonly string[];
  /** Processes of each app. */
  replicas: number;
  /** The file for the output of all processes. */
  log: string;
  /** Is told what was done, to whom. */
  tell: (what: string) => void;
}

type Row = Record<string, any>;

/** A history is short: what goes wrong at the brokers happens so many times as often as it would for long. */
const TIMES = 8;
const BROKERS = Object.fromEntries(Object.entries(UNLUCKY).map(([kind, rate]) => [kind, TIMES * rate]));
/** Milliseconds before later attempts: minutes would be too long here. */
const RETRY_DELAYS_MS = '50,100,200,400,800,1600,3200,3200';
/** How the connections of a test are known from those of the service. */
const APPLICATION_NAME = 'faults';

/** Services as processes, with brokers in this process and proxies before their databases, which misbehave by a seed. */
export class UnluckySystem {
  private readonly databases: Databases;
  private turn = 0;

  private constructor(
    private readonly system: System,
    private readonly running: readonly App[],
    private readonly brokers: { amqp: AmqpBroker; kafka: KafkaBroker },
    private readonly faults: { brokers: Faults; databases: DatabaseFaults },
    private readonly proxies: readonly PostgresProxy[],
    private readonly tell: (what: string) => void,
  ) {
    this.databases = new Databases(system.addresses.database!, APPLICATION_NAME);
  }

  /** Resolves when every process is ready. Nothing goes wrong before `begin`. */
  static async open({ services, replicas, log, tell }: UnluckySystemOptions): Promise<UnluckySystem> {
    const onFault = ({ kind, place }: { kind: string; place: string }) => tell(`${kind}: ${place}`);
    const faults = {
      brokers: new Faults({ seed: 0, profile: BROKERS, onFault }),
      databases: new DatabaseFaults({ seed: 0, profile: UNLUCKY_DATABASE, onFault }),
    };
    faults.brokers.end();
    faults.databases.end();
    const [amqp, kafka] = await Promise.all([
      startAmqp({ faults: faults.brokers }),
      startKafka({ faults: faults.brokers }),
    ]);
    const running = withCalled(services);
    const proxies: PostgresProxy[] = [];
    const system: System = new System({
      apps: running,
      replicas,
      fresh: true,
      output: toFile(log),
      servers: { rabbitmq: amqp.url, kafka: kafka.brokers },
      async environment({ name: service }, environment, replica) {
        const own = { ...environment, RETRY_DELAYS_MS };
        if (!environment['DATABASE_URL']) return own;
        const kill = () => {
          tell(`${replica} is killed`);
          void system.crash(replica);
        };
        const proxy = await PostgresProxy.before(environment['DATABASE_URL'], {
          service,
          faults: faults.databases,
          kill,
        });
        proxies.push(proxy);
        return { ...own, DATABASE_URL: proxy.url };
      },
    });
    await system.start();
    return new UnluckySystem(system, running, { amqp, kafka }, faults, proxies, tell);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.databases.close();
    await this.system.stop();
    for (const proxy of this.proxies) proxy.close();
    await Promise.all([this.brokers.amqp.close(), this.brokers.kafka.close()]);
  }

  /** From here on things go wrong as the seed has it. */
  begin(seed: number): void {
    this.faults.brokers.begin(seed);
    this.faults.databases.begin(seed);
  }

  /** From here on brokers and databases behave. */
  end(): void {
    this.faults.brokers.end();
    this.faults.databases.end();
  }

  /** The names of all processes: `orders`, `orders 2` and so on. */
  get replicas(): readonly string[] {
    return this.system.replicas;
  }

  /** The services that have a database. */
  get services(): string[] {
    return this.running.filter(({ needs }) => needs.includes('database')).map(({ name }) => name);
  }

  /** The HTTP address of a service: of its processes in turn. */
  url(service: string): string {
    const all = this.processesOf(service);
    return this.system.url(all[this.turn++ % all.length]!);
  }

  /** All processes of a service, as gRPC's name resolution takes them. */
  grpc(service: string): string {
    return `ipv4:${this.processesOf(service)
      .map((replica) => this.system.grpc(replica))
      .join(',')}`;
  }

  get rabbitmq(): string {
    return this.brokers.amqp.url;
  }

  get kafka(): string {
    return this.brokers.kafka.brokers;
  }

  /** Asks the database of a service, past all faults. */
  async query<T extends Row = Row>(service: string, text: string, values: unknown[] = []): Promise<T[]> {
    if (!this.services.includes(service)) throw new Error(`${service} does not run here, or has no database`);
    return (await this.databases.query<T>(service, text, values)).rows;
  }

  /** What is on its way, in words; nothing if the system is at rest. */
  async waiting(): Promise<string[]> {
    const atBrokers = this.waitingAtBrokers();
    if (atBrokers.length > 0) return atBrokers;
    const inOutboxes = await Promise.all(
      this.services.map(async (service) => {
        const [row] = await this.query<{ count: number }>(service, UNPUBLISHED);
        return row!.count > 0 ? [`the outbox of ${service}: ${row!.count} messages`] : [];
      }),
    );
    return [...inOutboxes.flat(), ...this.waitingAtBrokers()]; // once more: an outbox may just have been emptied
  }

  /** Commands for services that do not run here wait for nobody. */
  private waitingAtBrokers(): string[] {
    const absent = apps.filter((app) => !this.running.includes(app)).map(({ name }) => `queue '${name}.`);
    const queues = this.brokers.amqp.waiting.filter((queue) => !absent.some((start) => queue.startsWith(start)));
    return [...queues, ...this.brokers.kafka.waiting];
  }

  /** What each process says of itself, one line each. */
  readiness(): Promise<string[]> {
    return Promise.all(
      this.replicas.map(async (replica) => {
        const { isReady, says } = await readinessOf(this.system.url(replica));
        return `${replica} is ${isReady ? '' : 'not '}ready: ${says}`;
      }),
    );
  }

  crash(replica: string): Promise<void> {
    this.tell(`${replica} is killed`);
    return this.system.crash(replica);
  }

  /** SIGTERM, and a start once it has ended. */
  restart(replica: string): Promise<void> {
    this.tell(`${replica} is stopped and started again`);
    return this.system.restart(replica);
  }

  freeze(replica: string): void {
    this.tell(`${replica} is frozen`);
    this.system.signal(replica, 'SIGSTOP');
  }

  thaw(replica: string): void {
    this.tell(`${replica} goes on`);
    this.system.signal(replica, 'SIGCONT');
  }

  /** The database ends all connections of a service, as in a failover. */
  async endConnections(service: string): Promise<void> {
    const ended = await this.query(service, END_CONNECTIONS, [APPLICATION_NAME]);
    this.tell(`the database of ${service} ends ${ended.length} connections`);
  }

  private processesOf(service: string): string[] {
    const all = this.system.replicas.filter((replica) => isReplicaOf(replica, service));
    if (all.length === 0) throw new Error(`${service} does not run here; it must be one of services`);
    return all;
  }
}

const UNPUBLISHED = `select count(*)::int as count from outbox where published_at is null`;
const END_CONNECTIONS = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name <> $1 and pid <> pg_backend_pid()`;

/** These services and those that they call. Throws if one is not in system.ts. */
const withCalled = (services: readonly string[]): App[] => {
  const names = new Set(services);
  for (const name of names) {
    const app = apps.find((one) => one.name === name);
    if (!app) throw new Error(`system.ts has no app ${name}; there are ${apps.map((one) => one.name).join(', ')}`);
    for (const called of app.calls) names.add(called);
  }
  return apps.filter(({ name }) => names.has(name));
};
