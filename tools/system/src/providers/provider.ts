import type { PortUse } from '../machine/needed-ports.ts';
import type { Need, Servers } from '../system.ts';

/** Gives the apps something to stand on: a database server, a broker, or all of them. */
export interface Provider {
  /** What it provides, as people call it: `RabbitMQ`. */
  readonly name: string;
  readonly provides: readonly Need[];
  /** Where it is going to listen: looked at before anything starts. */
  readonly ports: readonly PortUse[];
  /** Throws a StartError where this machine lacks something: what it is and how to get it. Nothing has been started yet. */
  check(): Promise<void>;
  /** Resolves to the URLs once whatever was started answers. */
  start(): Promise<Servers>;
  /** Aborted when what was started has ended, whoever ended it; where it is watched at all. */
  readonly ended?: AbortSignal | undefined;
  /** Leaves no process behind; also while it is starting, and when it never was. */
  stop(): Promise<void>;
  /** The same at once, with nothing tidied up. */
  kill(): void;
}

/** What a provider has to work with. */
export interface ProviderContext {
  /** Its data and logs go below this folder. */
  folder: string;
  /** The folder is for this run only: what is written there need not survive a power cut. */
  temporary: boolean;
  ports: Readonly<Record<Need, number>>;
  /** The databases that must be there, by name. */
  databases: readonly string[];
}
