import type { Faults } from '../faults/faults.ts';
import type { Groups } from './groups/groups.ts';
import type { Topics } from './topics/topics.ts';
import type { Reader } from './wire/reader.ts';
import type { Writer } from './wire/writer.ts';

/** Services recognise this broker by it. */
export const CLUSTER_ID = 'fourfold-embedded';

/** Every throttle_time_ms: there are no quotas. */
export const NO_THROTTLE = 0;

/** The protocol's value for authorized operations that were not requested; there are no ACLs. */
export const NO_AUTHORIZED_OPERATIONS = -(2 ** 31);

/** The only node of the cluster, with its state. */
export interface KafkaNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly autoCreateTopics: boolean;
  readonly faults?: Faults;
  /** An id that is new, also to producers of an earlier broker at this address. */
  newProducerId(): bigint;
}

/** One request of a client. */
export interface Call {
  readonly version: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly node: KafkaNode;
  /** Logs once per connection that a feature is not supported. */
  refuse(feature: string): void;
}

/** One API of the protocol. `answer` returns the response body, or undefined to send no response. */
export interface Api {
  readonly key: number;
  readonly name: string;
  /** Lowest and highest version. Only ApiVersions has a flexible one (KIP-482); clients do not need others. */
  readonly versions: readonly [min: number, max: number];
  /** From this version on, the request header ends with tagged fields. */
  readonly flexibleFrom?: number;
  answer(request: Reader, call: Call): Writer | undefined | Promise<Writer | undefined>;
  /** The response to an unsupported version. Without it the connection is closed. */
  unsupported?(): Writer;
}
