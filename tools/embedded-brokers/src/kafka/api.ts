import type { Faults } from '../faults/faults.ts';
import type { Groups } from './groups/groups.ts';
import type { ConfigEntry } from './topics/topic-config.ts';
import type { Topics } from './topics/topics.ts';
import type { Fields, GivenOf, ReadOf } from './wire/fields.ts';
import { Message } from './wire/message.ts';

/** Services recognise this broker by it. */
export const CLUSTER_ID = 'fourfold-embedded';

/** The protocol's value for authorized operations that were not requested; there are no ACLs. */
export const NOT_ASKED = -(2 ** 31);

/** The only node of the cluster, with its state. */
export interface KafkaNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly autoCreateTopics: boolean;
  readonly config: readonly ConfigEntry[];
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

/** One API of the protocol, with the descriptions of its messages. */
export interface Api {
  readonly key: number;
  readonly name: string;
  /** Lowest and highest version. */
  readonly versions: readonly [min: number, max: number];
  /** The first version whose messages and headers are flexible (KIP-482). */
  readonly flexible: number;
  readonly request: Message;
  readonly response: Message;
  /** Returns the response, or undefined to send none. */
  answer(request: any, call: Call): object | undefined | Promise<object | undefined>;
  /** The response to an unsupported version, in version 0. Without it the connection is closed. */
  unsupported?(): object;
}

interface Description<Q extends Fields, A extends Fields> extends Pick<
  Api,
  'key' | 'name' | 'versions' | 'unsupported'
> {
  /** By default there are no flexible versions. */
  flexible?: number;
  request: Q;
  response: A;
  answer(request: ReadOf<Q>, call: Call): Answer<A> | Promise<Answer<A>>;
}

type Answer<A extends Fields> = GivenOf<A> | undefined;

/** Describes an API: from the fields of its messages follow reading and writing of each version. */
export const api = <Q extends Fields, A extends Fields>(description: Description<Q, A>): Api => {
  const { flexible = Infinity, request, response } = description;
  return {
    ...description,
    flexible,
    request: new Message(request, flexible),
    response: new Message(response, flexible),
  };
};
