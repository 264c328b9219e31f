import type { TransportName } from '@fourfold/contracts/contract';
import type { Client, OutgoingMessage, Publisher, Retries, Server } from '../../src/transport.ts';
import type { Limiter } from '../../src/limiter.ts';
import type { Job, Service } from '../service.ts';

export interface ServerSettings {
  /** Services of one group share the work; those of another group receive it, too, if the transport can do that. */
  group?: string;
  /** How a job is tried again whose failure may pass; by default only in quick succession. */
  retries?: Retries;
  /** How many jobs a service handles at once. */
  concurrency?: number;
  /** Bounds the calls that run, as every service has it. */
  limiter?: Limiter;
  /** Where to listen, for a service that comes back to where it was. */
  port?: number;
}

/** What the suite needs of a transport: one implementation each, in `<transport>.driver.ts`. */
export interface Driver {
  readonly transport: TransportName;
  /** In front of every name at the broker. */
  readonly prefix?: string;
  /** The server of a service beside HTTP, which every service has. */
  server?(settings?: ServerSettings): Server;
  client(service: Pick<Service, 'server' | 'origin'>): Client;
  /** Of events or commands. */
  publisher?: Publisher;
  /** Jobs that the broker keeps until they are done. */
  jobs?: Jobs;
  close(): Promise<void>;
}

export interface Jobs {
  /** One job as it can be published. */
  message(job: Job): OutgoingMessage;
  /** Hands in what another program made: anything at all, under any type or none. */
  postForeign(body: string, type?: string): Promise<void>;
  /** The type that a job has. */
  readonly type: string;
  /** The first so many dead letters of a group. */
  deadLetters(count: number, group?: string): Promise<DeadLetter[]>;
  /** How many messages the broker still has for the group; those in flight need not count. */
  undone(group?: string): Promise<number>;
}

/** A message that could not be handled, with the headers that say why. */
export interface DeadLetter {
  body: string;
  type?: string;
  id?: string;
  headers: Record<string, string>;
}

/** A driver at the given broker, or at that of the run, with names that no other driver has. */
export type OpenDriver = (broker?: string) => Promise<Driver>;

/** A broker that a test may stop and start again, at the same address, with the same data. */
export interface RestartableBroker {
  readonly address: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}
