import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppProcess } from './processes/app-process.ts';
import { SYSTEM, type Output } from './printing/output.ts';
import { freshAllocation, portUses, fixedAllocation, type Allocation } from './allocation.ts';
import { checkPorts } from './machine/needed-ports.ts';
import { DEFAULT_BROKERS, providersOf, type Brokers } from './providers/brokers.ts';
import type { Provider } from './providers/provider.ts';
import { untilReady } from './processes/ready.ts';
import { StartError } from './start.error.ts';
import { apps, environmentOf, HOST, type Addresses, type App, type Servers } from './system.ts';

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
  /** Apps not to start: something else runs them at their usual addresses. */
  without?: readonly string[];
  /** The folder that holds apps/. */
  root?: string;
  build?: (root: string, folders: string[]) => Promise<void>;
  /** Changes the environment of an app before it starts: a test puts proxies before its servers. */
  environment?: (app: App, environment: Record<string, string>) => Record<string, string>;
  /** Called once the servers answer, before the apps start. */
  onServers?: (servers: Servers) => Promise<void>;
  /** How long the apps may take to become ready, in milliseconds. */
  readyLimit?: number;
}

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
  readonly #root: string;
  #allocation: Allocation | undefined;
  #servers: Servers = {};
  #providers: Provider[] = [];
  #processes = new Map<string, AppProcess>();
  #stopped = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#apps = options.apps ?? apps;
    this.#running = this.#apps.filter(({ name }) => !options.without?.includes(name));
    this.#root = options.root ?? ROOT;
  }

  /** Where everything listens; complete once start() has resolved. */
  get addresses(): Addresses {
    return { ...this.#servers, apps: this.#allocation?.apps ?? {} };
  }

  /** The HTTP address of an app: `http://127.0.0.1:3000` */
  url(app: string): string {
    return `http://${HOST}:${this.addresses.apps[app]?.http}`;
  }

  /** The gRPC address of an app: `127.0.0.1:50051` */
  grpc(app: string): string {
    return `${HOST}:${this.addresses.apps[app]?.grpc}`;
  }

  /** Resolves when every app is ready. If that fails, nothing is left running. */
  async start(): Promise<void> {
    try {
      await this.#prepare();
      await allOf([this.#build(), ...this.#providers.map((provider) => this.#startProvider(provider))]);
      if (this.#stopped) return;
      await this.#options.onServers?.(this.#servers);
      for (const app of this.#running) this.#startApp(app);
      await allOf(this.#running.map(({ name }) => this.#untilReady(name)));
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
  }

  /** Sends a signal to an app, as an operator or the kernel would; one that ends is started again. */
  signal(app: string, signal: NodeJS.Signals): void {
    this.#processes.get(app)?.signal(signal);
  }

  /** Lets an app finish what is in flight, then starts it again; resolves when it is ready. */
  async restart(app: string): Promise<void> {
    await this.#processes.get(app)?.restart();
    await this.#untilReady(app);
  }

  /** Kills everything at once. */
  kill(): void {
    this.#stopped = true;
    for (const app of this.#processes.values()) app.kill();
    for (const provider of this.#providers) provider.kill();
  }

  /** Checks everything that can be checked before anything starts. */
  async #prepare(): Promise<void> {
    const { brokers = DEFAULT_BROKERS, fresh, output, faults: seed } = this.#options;
    if (seed !== undefined && brokers !== 'embedded')
      throw new StartError(`--faults needs --brokers=embedded: ${brokers} brokers cannot misbehave by a seed`);
    this.#allocation = fresh ? await freshAllocation(this.#apps) : fixedAllocation(this.#apps, this.#root);
    const needs = new Set(this.#apps.flatMap((app) => app.needs));
    const faults = seed === undefined ? undefined : { seed, tell: (line: string) => output(SYSTEM, line) };
    const providers = providersOf(brokers, { ...this.#allocation.context, faults }).filter(({ provides }) =>
      provides.some((need) => needs.has(need)),
    );
    await allOf(providers.map((provider) => provider.check()));
    const uses = [...portUses(this.#running, this.#allocation.apps), ...providers.flatMap(({ ports }) => ports)];
    await checkPorts(uses, ({ port }) =>
      output(SYSTEM, `port ${port} is still held by a connection (a closed one releases it within a minute); waiting`),
    );
    this.#providers = providers;
  }

  async #startProvider(provider: Provider): Promise<void> {
    const { output } = this.#options;
    Object.assign(this.#servers, await provider.start());
    output(SYSTEM, `${provider.name}: ready`);
    provider.ended?.addEventListener('abort', () => {
      if (this.#stopped) return;
      output(SYSTEM, `${provider.name}: exited unexpectedly; restarting`);
      // RabbitMQ has a second process, which stops first
      const again = provider.stop().then(() => this.#startProvider(provider));
      again.catch((error: Error) => output(SYSTEM, `${error.message}\nPress Ctrl-C and run npm start again`));
    });
  }

  #untilReady(app: string): Promise<void> {
    const { readyLimit = 90_000 } = this.#options;
    return untilReady(app, this.url(app), readyLimit, () => this.#stopped);
  }

  #build(): Promise<void> {
    const { build = buildApps } = this.#options;
    return build(this.#root, this.#running.map(folderOf));
  }

  #startApp(app: App): void {
    const { output, messagingPrefix, environment: change = (_, own) => own } = this.#options;
    const environment = {
      ...change(app, environmentOf(app, this.addresses, messagingPrefix)),
      NODE_COMPILE_CACHE: join(this.#root, '.system/compile-cache'), // the apps load the same packages
    };
    const process = new AppProcess({ name: app.name, folder: join(this.#root, folderOf(app)), environment, output });
    this.#processes.set(app.name, process);
    process.start();
  }
}

function folderOf({ name }: App): string {
  return join('apps', name);
}

async function buildApps(root: string, folders: string[]): Promise<void> {
  const build = join(ROOT, 'tools/workspace/src/build.ts');
  await promisify(execFile)(process.execPath, [build, ...folders], { cwd: root }).catch((error: { stderr: string }) => {
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
