import type { TransportName } from '@fourfold/contracts/contract';
import type { Need } from '@fourfold/system/system';
import { openTcp } from '../examples/tcp/tcp.driver.ts';
import type { OpenDriver } from './drivers/driver.ts';
import { openGrpc } from './drivers/grpc.driver.ts';
import { openHttp } from './drivers/http.driver.ts';
import { openKafka } from './drivers/kafka.driver.ts';
import { openRabbitMq } from './drivers/rabbitmq.driver.ts';

/** What a transport may be able to do. */
export type Feature =
  | 'call'
  | 'deadline'
  | 'overload'
  | 'JSON'
  | 'stream'
  | 'one-way'
  | 'command'
  | 'event'
  | 'competing consumers'
  | 'fan-out'
  | 'order by key'
  | 'redelivery'
  | 'reconnect';

/** A transport as the suite sees it. */
export interface TransportUnderTest {
  open: OpenDriver;
  /** The broker that it needs; none if services speak to one another directly. */
  broker?: Exclude<Need, 'database'>;
  /** What it can do; if it cannot, the reason. The suite checks both. */
  features: Record<Feature, true | string>;
}

/** The one table of all transports, and of what each can do. */
export const TRANSPORTS_UNDER_TEST: Record<TransportName, TransportUnderTest> = {
  http: {
    open: openHttp,
    features: {
      call: true,
      deadline: true,
      overload: true,
      JSON: true,
      stream: true,
      'one-way': 'every request is answered',
      command: 'nothing keeps a message until somebody takes it',
      event: 'nobody subscribes',
      'competing consumers': 'nothing keeps a message until somebody takes it',
      'fan-out': 'nobody subscribes',
      'order by key': 'each request stands alone',
      redelivery: 'the caller hears of the failure, and tries again itself',
      reconnect: true,
    },
  },
  grpc: {
    open: openGrpc,
    features: {
      call: true,
      deadline: true,
      overload: true,
      JSON: 'its messages are protobuf',
      stream: true,
      'one-way': 'every call is answered',
      command: 'nothing keeps a message until somebody takes it',
      event: 'nobody subscribes',
      'competing consumers': 'nothing keeps a message until somebody takes it',
      'fan-out': 'nobody subscribes',
      'order by key': 'each call stands alone',
      redelivery: 'the caller hears of the failure, and tries again itself',
      reconnect: true,
    },
  },
  rabbitmq: {
    open: openRabbitMq,
    broker: 'rabbitmq',
    features: {
      call: true,
      deadline: true,
      overload: 'a queue keeps what is too much',
      JSON: true,
      stream: 'a call has one reply',
      'one-way': 'what needs no answer is a command',
      command: true,
      event: 'a queue is taken from: what one service has, no other gets',
      'competing consumers': true,
      'fan-out': 'a queue is taken from: what one service has, no other gets',
      'order by key': 'workers on one queue overtake one another',
      redelivery: true,
      reconnect: true,
    },
  },
  kafka: {
    open: openKafka,
    broker: 'kafka',
    features: {
      call: 'nobody answers',
      deadline: 'nobody waits',
      overload: 'a topic keeps what is too much',
      JSON: true,
      stream: 'nobody answers',
      'one-way': true,
      command: 'a topic is heard by every group',
      event: true,
      'competing consumers': true,
      'fan-out': true,
      'order by key': true,
      redelivery: true,
      reconnect: true,
    },
  },
  tcp: {
    open: openTcp,
    features: {
      call: true,
      deadline: true,
      overload: 'an example without a limit',
      JSON: true,
      stream: true,
      'one-way': 'every call is answered',
      command: 'nothing keeps a message until somebody takes it',
      event: 'nobody subscribes',
      'competing consumers': 'nothing keeps a message until somebody takes it',
      'fan-out': 'nobody subscribes',
      'order by key': 'each call stands alone',
      redelivery: 'the caller hears of the failure, and tries again itself',
      reconnect: true,
    },
  },
};

export const can = (transport: TransportName, feature: Feature): boolean =>
  TRANSPORTS_UNDER_TEST[transport].features[feature] === true;
