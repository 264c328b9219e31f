import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppProcess } from './processes/app-process.ts';
import { SYSTEM, type Output } from './printing/output.ts';
import { freshAllocation, portUses, fixedAllocation, takeData, type Allocation } from './allocation.ts';
import { takeBuild, type Build } from './builds.ts';
import type { Lock } from './machine/lock.ts';
import { checkPorts } from './machine/needed-ports.ts';
import { DEFAULT_BROKERS, providersOf, type Brokers } from './providers/brokers.ts';
import { RestartingProvider } from './providers/restarting.provider.ts';
import { untilReady } from './processes/ready.ts';
import { StartError } from './start.error.ts';
import { replicasOf, type Replica } from './replicas.ts';
import { apps, environmentOf, HOST, type Addresses, type App, type Need, type Servers } from './system.ts';

/** The root folder of the repository. */
export const ROOT = join(import.meta.dirname, '../../..');

/** How to run the system. By default: every app, at the addresses of system.ts, with data that are kept. */
export interface RunOptions {
  output: Output;
  brokers?: Brokers;
  /** Free ports and a folder of its own, which stop() removes, so that runs side by side do not collide. */
  fresh?: boolean;
  messagingPrefix?: string;
  /** A seed: the embedded brokers misbehave by it. */
  faults?: number;
  apps?: readonly App[];
  /** How many processes of each app run, on free ports: `orders`, `orders 2` and so on. */
  replicas?: number;
  /** Servers that run already: no provider starts them. */
  servers?: Servers;
  /** Apps not to start: something else runs them at their usual addresses. */
  without?: readonly string[];
  /** The folder that holds apps/. */
  root?: string;
  /** Builds the apps of these folders into folders of their names. */
  build?: (root: string, folders: string[], into: string) => Promise<void>;
  /** Changes the environment of a process before it starts: a test puts proxies before its servers. */
  environment?: (app: App, environment: Environment, replica: string) => Environment | Promise<Environment>;
  /** Called once the servers answer, before the apps start. */
  onServers?: (servers: Servers) => Promise<void>;
  /** How long the apps may take to become ready, in milliseconds. */
  readyLimit?: number;
}

type Environment = Record<string, string>;

/** Runs the system; resolves when it is ready. */
export async function run(options: RunOptions): Promise<System> {
  const system = new System(options);
  await system.start();
  return system;
}

/** Starts the servers and builds the apps at the same time, then starts the apps. */
export class System {
  readonly #options: RunOptions;
  readonly #apps: readonly App[];
  readonly #running: readonly App[];
  readonly #replicas: readonly Replica<App>[];
  readonly #root: string;
  #allocation: Allocation | undefined;
  #data: Lock | undefined;
  #build: Build | undefined;
  #building: Promise<void> | undefined;
  #servers: Servers;
  #providers: RestartingProvider[] = [];
  #processes = new Map<string, AppProcess>();
  #stopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#apps = options.apps ?? apps;
    this.#running = this.#apps.filter(({ name }) => !options.without?.includes(name));
    this.#replicas = replicasOf(this.#running, options.replicas);
    this.#servers = { ...options.servers };
    this.#root = options.root ?? ROOT;
  }

  /** Where everything listens; complete once start() has resolved. */
  get addresses(): Addresses {
    return { ...this.#servers, apps: this.#allocation?.apps ?? {} };
  }

  /** The names of all processes: `orders`, `orders 2` and so on. */
  get replicas(): string[] {
    return this.#replicas.map(({ name }) => name);
  }

  /** The HTTP address of a process: `http://127.0.0.1:3000` */
  url(replica: string): string {
    return `http://${HOST}:${this.addresses.apps[replica]?.http}`;
  }

  /** The gRPC address of a process: `127.0.0.1:50051` */
  grpc(replica: string): string {
    return `${HOST}:${this.addresses.apps[replica]?.grpc}`;
  }

  /** Resolves when every app is ready. If that fails, nothing is left running. */
  async start(): Promise<void> {
    try {
      await this.#prepare();
      await allOf([this.#buildApps(), ...this.#providers.map((provider) => this.#startProvider(provider))]);
      if (this.#stopped) return;
      await this.#options.onServers?.(this.#servers);
      await Promise.all(this.#replicas.map((replica) => this.#startReplica(replica)));
      await allOf(this.#replicas.map(({ name }) => this.untilReady(name)));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets the apps finish what is in flight, then stops the servers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#processes.values()].map((app) => app.stop()));
    await Promise.all(this.#providers.map((provider) => provider.stop()));
    const { folder, temporary } = this.#allocation?.context ?? {};
    if (folder && temporary) await rm(folder, { recursive: true, force: true });
    await this.#building?.catch(() => {}); // nothing is written into the build once another run may take it
    await this.#build?.release();
    this.#data?.release();
  }

  /** The file that the processes of an app run. */
  mainOf(app: string): string {
    return join(this.#build?.folder ?? '', folderOf({ name: app }), 'main.js');
  }

  /** Sends a signal to a process, as an operator or the kernel would; one that ends is started again. */
  signal(replica: string, signal: NodeJS.Signals): void {
    this.#processes.get(replica)?.signal(signal);
  }

  /** Lets a process finish what is in flight, then starts it again; resolves when it is ready. */
  async restart(replica: string): Promise<void> {
    await this.#processes.get(replica)?.restart();
    await this.untilReady(replica);
  }

  /** Kills a process at once (`kill -9`), then starts it again without a delay; resolves when it has started. */
  async crash(replica: string): Promise<void> {
    await this.#processes.get(replica)?.crash();
  }

  /** Resolves when a process is ready. */
  untilReady(replica: string): Promise<void> {
    const { readyLimit = 90_000 } = this.#options;
    return untilReady(replica, this.url(replica), readyLimit, () => this.#stopped);
  }

  /**
   * Sends a signal to a server and all its processes: SIGKILL ends it as a crash does, SIGTERM in order, and in both cases it is
   * started again; SIGSTOP freezes it until SIGCONT. The embedded brokers are one server.
   */
  signalServer(need: Need, signal: NodeJS.Signals): void {
    const provider = this.#providers.find(({ provides }) => provides.includes(need));
    if (!provider) throw new Error(`cannot send ${signal} to ${need}: this run does not start it`);
    provider.signal(signal);
  }

  /** Kills everything at once. */
  kill(): void {
    this.#stopped = true;
    for (const app of this.#processes.values()) app.kill();
    for (const provider of this.#providers) provider.kill();
  }

  /** Checks everything that can be checked before anything starts. */
  async #prepare(): Promise<void> {
    const { brokers = DEFAULT_BROKERS, fresh, output, faults: seed, replicas = 1 } = this.#options;
    if (replicas > 1 && !fresh) throw new StartError('replicas: more than one process per app needs fresh: true');
    if (seed !== undefined && brokers !== 'embedded')
      throw new StartError(`--faults needs --brokers=embedded: ${brokers} brokers cannot misbehave by a seed`);
    if (!fresh) this.#data = takeData(this.#root);
    this.#allocation = fresh ? await freshAllocation(this.#apps, replicas) : fixedAllocation(this.#apps, this.#root);
    const missing = (need: Need) => !this.#servers[need] && this.#apps.some((app) => app.needs.includes(need));
    const faults = seed === undefined ? undefined : { seed, tell: (line: string) => output(SYSTEM, line) };
    const providers = providersOf(brokers, { ...this.#allocation.context, faults })
      .filter(({ provides }) => provides.some(missing))
      .map((provider) => new RestartingProvider(provider, output));
    await allOf(providers.map((provider) => provider.check()));
    const uses = [...portUses(this.#replicas, this.#allocation.apps), ...providers.flatMap(({ ports }) => ports)];
    await checkPorts(uses, ({ port }) =>
      output(SYSTEM, `port ${port} is still held by a connection (a closed one releases it within a minute); waiting`),
    ).catch((error: Error) => {
      throw new StartError(`${error.message}\nOr run on free ports, with empty databases: npm start -- --fresh`);
    });
    this.#providers = providers;
  }

  async #startProvider(provider: RestartingProvider): Promise<void> {
    Object.assign(this.#servers, await provider.start());
  }

  async #buildApps(): Promise<void> {
    const { build = buildApps } = this.#options;
    this.#build = await takeBuild(this.#root);
    this.#building = build(this.#root, this.#running.map(folderOf), join(this.#build.folder, 'apps'));
    await this.#building;
  }

  async #startReplica({ name, app }: Replica<App>): Promise<void> {
    const { output, messagingPrefix, environment: change = (_, own) => own } = this.#options;
    const environment = {
      ...(await change(app, environmentOf(app, this.addresses, messagingPrefix, name), name)),
      // the apps load the same packages; runs side by side may share it, for Node replaces its files whole and checks them by hash
      NODE_COMPILE_CACHE: join(this.#root, '.system/compile-cache'),
    };
    const folder = join(this.#root, folderOf(app)); // where it runs, as under nx serve
    const process = new AppProcess({ name, folder, main: this.mainOf(app.name), environment, output });
    this.#processes.set(name, process);
    if (!this.#stopped) process.start();
  }
}

function folderOf({ name }: Pick<App, 'name'>): string {
  return join('apps', name);
}

async function buildApps(root: string, folders: string[], into: string): Promise<void> {
  const args = [join(ROOT, 'tools/workspace/src/build.ts'), `--into=${into}`, ...folders];
  await promisify(execFile)(process.execPath, args, { cwd: root }).catch((error: { stderr: string }) => {
    throw new StartError(`The build failed:\n${error.stderr.trim()}`);
  });
}

/** Waits for all, even if one fails, and throws one StartError with all their messages. */
async function allOf(attempts: Promise<void>[]): Promise<void> {
  const errors = (await Promise.allSettled(attempts))
    .filter((one) => one.status === 'rejected')
    .map((one) => one.reason as Error);
  const other = errors.find((error) => !(error instanceof StartError));
  if (other) throw other;
  if (errors.length) throw new StartError(errors.map((error) => error.message).join('\n'));
}
