import type { TransportName } from '@fourfold/contracts/contract';

/** What a transport may be able to do. */
export type Feature =
  | 'call'
  | 'deadline'
  | 'stream'
  | 'one-way'
  | 'command'
  | 'event'
  | 'competing consumers'
  | 'fan-out'
  | 'order by key'
  | 'redelivery'
  | 'reconnect';

/** The one table of what each transport can do; where it cannot, the reason. The suite checks both. */
export const FEATURES: Record<TransportName, Record<Feature, true | string>> = {
  http: {
    call: true,
    deadline: true,
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
  grpc: {
    call: true,
    deadline: true,
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
  rabbitmq: {
    call: true,
    deadline: true,
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
  kafka: {
    call: 'nobody answers',
    deadline: 'nobody waits',
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
};
