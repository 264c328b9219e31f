import { EXCHANGES, QUEUES, REPLY_TO } from './names.ts';
import type { Args, Step } from './step.ts';

interface Choices {
  pick<T>(values: readonly T[]): T;
  chance(part: number): boolean;
}

/** What the script declares, in the order of the names. */
interface Declared {
  queues: Args[];
  types: string[];
  exchanges: Args[];
}

/** A step that is refused, unless the script has left a state that allows it. */
export const mistakeOf = ({ pick, chance }: Choices, { queues, types, exchanges }: Declared, wait: number): Step => {
  const channel = pick([0, 1, 2]);
  const other = pick(queues);
  return pick<Step>([
    { op: 'settleUnknown', channel },
    { op: 'consume', channel, queue: 'missing', options: {} },
    { op: 'get', channel, queue: 'missing', noAck: false },
    { op: 'publish', channel, exchange: 'missing', key: 'a', body: 'lost', options: {}, wait },
    {
      op: 'publish',
      channel,
      exchange: '',
      key: 'q0',
      body: 'late',
      options: { expiration: pick(['soon', '-1', '1x']) },
      wait,
    },
    {
      op: 'publish',
      channel,
      exchange: '',
      key: 'q0',
      body: 'mine',
      options: { userId: pick(['guest', 'other']) },
      wait,
    },
    { op: 'bind', channel, queue: 'q0', exchange: pick(['missing', '']), key: 'a', args: {} },
    { op: 'bind', channel, queue: 'missing', exchange: 'x0', key: 'a', args: {} },
    {
      op: 'bind',
      channel,
      queue: 'q0',
      exchange: 'amq.match',
      key: '',
      args: { 'x-match': pick(['none', 1, true]) },
    },
    {
      op: 'bindExchange',
      channel,
      destination: pick(['missing', 'x0', '']),
      source: pick(['missing', 'x1', '']),
      key: '',
      args: {},
    },
    { op: 'declareQueue', channel, queue: pick(QUEUES), options: other },
    { op: 'declareQueue', channel, queue: 'amq.mine', options: {} },
    {
      op: 'declareQueue',
      channel,
      queue: 'q9',
      options: { durable: false, arguments: { 'x-queue-type': 'quorum' } },
    },
    {
      op: 'declareQueue',
      channel,
      queue: 'q9',
      options: { exclusive: true, arguments: { 'x-queue-type': 'quorum' } },
    },
    {
      op: 'declareQueue',
      channel,
      queue: 'q9',
      options: { arguments: { 'x-message-ttl': pick([-1, 'x', 2 ** 40]) } },
    },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-expires': pick([0, true]) } } },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-max-length': pick([-2, 'x']) } } },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-max-priority': pick([-1, 256, 'x']) } } },
    { op: 'consume', channel, queue: 'q0', options: { arguments: { 'x-priority': 'high' } } },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-overflow': 'spill' } } },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-dead-letter-routing-key': 'a' } } },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-delivery-limit': 2 } } },
    {
      op: 'declareQueue',
      channel,
      queue: 'q9',
      options: { arguments: { 'x-dead-letter-strategy': pick(['at-most-once', 'sometimes', 1]) } },
    },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-single-active-consumer': 'yes' } } },
    { op: 'declareQueue', channel, queue: 'q9', options: { arguments: { 'x-queue-type': 'other' } } },
    {
      op: 'declareExchange',
      channel,
      exchange: pick(EXCHANGES),
      type: pick(['direct', 'topic']),
      options: { durable: chance(0.5) },
    },
    { op: 'declareExchange', channel, exchange: pick(['amq.mine', 'amq.direct', '']), type: 'direct', options: {} },
    { op: 'declareExchange', channel, exchange: 'x9', type: 'no-such-type', options: {} },
    {
      op: 'declareExchange',
      channel,
      exchange: 'x9',
      type: 'topic',
      options: { arguments: { 'alternate-exchange': 1 } },
    },
    {
      op: 'declareExchange',
      channel,
      exchange: 'x0',
      type: types[0]!,
      options: {
        ...exchanges[0],
        arguments: pick([{}, { 'alternate-exchange': pick(['x1', 'other', true]) }]),
      },
    },
    { op: 'deleteExchange', channel, exchange: pick(['', 'amq.topic', 'missing']), options: {} },
    { op: 'deleteExchange', channel, exchange: pick(EXCHANGES), options: { ifUnused: true } },
    { op: 'deleteQueue', channel, queue: pick(QUEUES), options: pick([{ ifUnused: true }, { ifEmpty: true }]) },
    { op: 'checkExchange', channel, exchange: pick(['', 'missing', 'x0', 'amq.fanout']) },
    { op: 'checkQueue', channel, queue: pick(['missing', REPLY_TO]) },
    { op: 'consume', channel, queue: REPLY_TO, options: { noAck: false } },
  ]);
};
