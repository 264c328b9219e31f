import type { Groups } from './groups/groups.ts';
import type { Topics } from './topics/topics.ts';
import type { Reader } from './wire/reader.ts';
import type { Writer } from './wire/writer.ts';

/** By it a service knows that it talks to this. */
export const CLUSTER_ID = 'fourfold-embedded';

/** Nobody is slowed down here: every throttle_time_ms. */
export const NO_THROTTLE = 0;

/** What an answer says about rights that were not asked for, or that nobody keeps. */
export const NO_AUTHORIZED_OPERATIONS = -(2 ** 31);

/** The one node of the cluster, and all it knows. */
export interface KafkaNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly autoCreateTopics: boolean;
  /** An id that no producer had before, nor from a broker that ran here before. */
  newProducerId(): bigint;
}

/** One request of a client. */
export interface Call {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly node: KafkaNode;
  /** Writes the one line that names what is not supported here; once per connection. */
  refuse(feature: string): void;
}

/** How one API of the protocol is answered; the body without header. `undefined`: not at all. */
export interface Api {
  readonly key: number;
  readonly name: string;
  /** Lowest and highest. Only ApiVersions has one that is flexible (KIP-482), as clients do without. */
  readonly versions: readonly [min: number, max: number];
  /** From this version the header of the request ends with tags. */
  readonly flexibleFrom?: number;
  answer(request: Reader, call: Call): Writer | undefined | Promise<Writer | undefined>;
  /** The answer to a version that is not supported. Without it the connection closes. */
  unsupported?(): Writer;
}
