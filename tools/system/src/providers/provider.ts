import type { PortUse } from '../machine/needed-ports.ts';
import type { Need, Servers } from '../system.ts';

/** Runs servers that the apps need: a database server, a broker, or all of them. */
export interface Provider {
  /** As the user reads it: `RabbitMQ`. */
  readonly name: string;
  readonly provides: readonly Need[];
  /** The ports that it will listen on; checked before anything starts. */
  readonly ports: readonly PortUse[];
  /** Throws a StartError if this machine lacks something, with how to install it. Nothing has been started yet. */
  check(): Promise<void>;
  /** Resolves to the URLs once every server answers. */
  start(): Promise<Servers>;
  /** Aborted when the server has ended, for whatever reason; undefined if it is not watched. */
  readonly ended?: AbortSignal | undefined;
  /** Sends a signal to its servers and all their processes: see SupervisedProcess. Undefined if they are not processes of ours. */
  signal?(signal: NodeJS.Signals): void;
  /** Leaves no process behind, also while it starts, and does nothing if it never started. */
  stop(): Promise<void>;
  /** The same at once, without cleaning up. */
  kill(): void;
}

/** Where a provider may listen and write. */
export interface ProviderContext {
  /** For its data and logs. */
  folder: string;
  /** The folder is deleted after this run, so its data need not survive a power cut. */
  temporary: boolean;
  ports: Readonly<Record<Need, number>>;
  /** The names of the databases to create. */
  databases: readonly string[];
  /** What goes wrong at the embedded brokers, by a seed; `tell` is called for each. */
  faults?: { seed: number; tell(line: string): void };
}
