import { randomOf } from '../../src/faults/random.ts';
import { mistakeOf } from './mistakes.ts';
import { EXCHANGES, QUEUES, REPLY_TO } from './names.ts';
import type { Args, Step } from './step.ts';

export interface Script {
  seed: number;
  /** Whether it uses quorum queues, which are slower on a real broker. */
  quorum: boolean;
  steps: Step[];
}

const KEYS = ['a', 'a.b', 'a.b.c', 'q0', 'q1', ''];
const PATTERNS = ['a', 'a.*', 'a.#', '#', '*.b.*', '#.c', 'q1'];
/** Binding arguments, for headers exchanges. */
const MATCHES: Args[] = [
  { n: 1 },
  { s: 'ü', 'x-match': 'all', 'x-h': 2 },
  { s: 'u', f: 1.5, 'x-match': 'any' },
  { f: 1.5, deep: null, 'x-match': 'all' },
  { s: null, 'x-h': 1, 'x-match': 'all-with-x' },
  { s: 'u', 'x-h': 1, 'x-match': 'any-with-x' },
];
const TTL = 60;
const STEPS = 22;

/** A random script; the same seed gives the same script. */
export const scriptOf = (seed: number): Script => {
  const random = randomOf(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const chance = (part: number): boolean => random() < part;
  const quorum = chance(0.25);
  const timed = chance(0.3);
  /** Whether most messages and consumers are those of one queue. */
  const contested = chance(0.3);
  const queue = (): string => (contested && chance(0.7) ? QUEUES[0]! : pick(QUEUES));
  let bodies = 0;

  const queueOptions = (index: number): Args => {
    const args: Args = quorum && index < 2 ? { 'x-queue-type': 'quorum' } : {};
    // always set: the default is none in RabbitMQ 3 and 20 in 4, and a limit changes where returned messages go
    if (args['x-queue-type']) args['x-delivery-limit'] = pick([0, 1, 2, 20]);
    if (timed && index === 0 && chance(0.6)) args['x-message-ttl'] = pick([0, TTL]);
    if (chance(0.3)) args['x-max-length'] = pick([0, 1, 2, 3]);
    if (chance(0.1)) args['x-max-length-bytes'] = pick([4, 9]);
    if (Object.keys(args).some((key) => key.startsWith('x-max')) && !quorum && chance(0.4))
      args['x-overflow'] = pick(['drop-head', 'reject-publish', 'reject-publish-dlx']);
    if ((index === 0 && chance(0.6)) || (index === 1 && chance(0.15))) {
      args['x-dead-letter-exchange'] = pick(['', '', 'x0', 'nowhere']);
      if (chance(0.7)) args['x-dead-letter-routing-key'] = pick(['q1', 'q2', 'q0', 'a.b']);
      // with drop-head, at-least-once is at-most-once
      if (args['x-queue-type'] && chance(0.4)) args['x-dead-letter-strategy'] = pick(['at-most-once', 'at-least-once']);
    }
    if (!quorum && chance(0.25)) args['x-max-priority'] = pick([0, 2, 5]);
    if (chance(0.2)) args['x-single-active-consumer'] = true;
    if (args['x-queue-type']) return { durable: true, arguments: args };
    return { durable: chance(0.8), autoDelete: chance(0.1), exclusive: index === 2 && chance(0.3), arguments: args };
  };
  const profiles = QUEUES.map((_, index) => queueOptions(index));
  const types = EXCHANGES.map(() => pick(['direct', 'topic', 'fanout', 'headers']));
  const exchangeOptions = EXCHANGES.map(() => {
    const args = chance(0.25) ? { 'alternate-exchange': pick(['x0', 'x1', 'missing', '']) } : {};
    return { durable: chance(0.8), autoDelete: chance(0.2), internal: chance(0.06), arguments: args };
  });

  const declareQueue = (index: number, channel = 0): Step => {
    return { op: 'declareQueue', channel, queue: QUEUES[index]!, options: profiles[index]! };
  };
  const declareExchange = (index: number): Step => {
    return {
      op: 'declareExchange',
      channel: 0,
      exchange: EXCHANGES[index]!,
      type: types[index]!,
      options: exchangeOptions[index]!,
    };
  };
  const isHeaders = (exchange: string): boolean => types[EXCHANGES.indexOf(exchange)] === 'headers';
  const properties = (exchange: string): Args => {
    const options: Args = { mandatory: chance(0.3), persistent: chance(0.5) };
    if (chance(isHeaders(exchange) ? 0.8 : 0.3))
      options['headers'] = {
        n: bodies,
        s: 'ü',
        deep: { list: [1, 'two', true, null] },
        f: 1.5,
        'x-h': pick([1, 2]),
      };
    if (chance(0.2)) Object.assign(options, { messageId: `m${bodies}`, type: 't', contentType: 'application/json' });
    if (chance(0.2)) Object.assign(options, { correlationId: 'c', timestamp: 1_700_000_000, appId: 'app' });
    if (chance(0.4)) options['priority'] = pick([0, 1, 3, 9]);
    if (timed && chance(0.4)) options['expiration'] = pick([0, TTL, 100_000]);
    if (chance(0.08)) options['CC'] = [pick(QUEUES)];
    if (chance(0.04)) options['BCC'] = [pick(QUEUES)];
    if (chance(0.1)) options['replyTo'] = pick([REPLY_TO, 'somewhere']);
    return options;
  };
  /** Milliseconds after a publish, so that messages expire within the step. */
  const wait = timed ? TTL * 3 : 0;
  const publish = (): Step => {
    const direct = chance(0.55);
    const [exchange, key] = direct ? ['', queue()] : [pick(EXCHANGES), pick(KEYS)];
    const body = 'x'.repeat(Math.floor(random() * 5)) + bodies++;
    return { op: 'publish', channel: pick([0, 1, 1, 2]), exchange, key, body, options: properties(exchange), wait };
  };
  const bindingArgs = (exchange: string): Args => (chance(isHeaders(exchange) ? 0.9 : 0.1) ? pick(MATCHES) : {});
  const bind = (op: 'bind' | 'unbind', exchange = pick(EXCHANGES)): Step => {
    const args = bindingArgs(exchange);
    return { op, channel: pick([0, 2]), queue: pick(QUEUES), exchange, key: pick(PATTERNS), args };
  };
  const bindExchange = (op: 'bindExchange' | 'unbindExchange'): Step => {
    const [destination, source] = [pick(EXCHANGES), pick(EXCHANGES)];
    return { op, channel: pick([0, 2]), destination, source, key: pick(PATTERNS), args: bindingArgs(source) };
  };
  const consumed: { channel: number; tag: string }[] = [];
  const cancel = (): Step => {
    const { channel, tag } =
      consumed.length && chance(0.8) ? pick(consumed) : { channel: pick([0, 1, 2]), tag: 'none' };
    return { op: 'cancel', channel, tag };
  };
  const consume = (): Step => {
    const options: Args = { noAck: chance(0.3), exclusive: chance(0.1) };
    const tag = `c${Math.floor(random() * 40)}`;
    if (chance(0.9)) options['consumerTag'] = tag;
    // RabbitMQ 3 and 4 differ for quorum queues with a single active consumer
    if (!quorum && chance(0.2)) options['priority'] = pick([-1, 1, 2]);
    const channel = pick([0, 1, 2]);
    consumed.push({ channel, tag });
    return { op: 'consume', channel, queue: queue(), options };
  };
  const consumeReplies = (): Step => {
    return { op: 'consume', channel: pick([0, 1, 2]), queue: REPLY_TO, options: { noAck: chance(0.9) } };
  };
  const settle = (): Step => {
    const how = pick(['ack', 'requeue', 'reject'] as const);
    return { op: 'settle', channel: pick([0, 1, 2]), which: Math.floor(random() * 4), how, multiple: chance(0.3) };
  };
  const lines: [weight: number, step: () => Step][] = [
    [26, publish],
    [12, () => ({ op: 'get', channel: pick([0, 1, 2]), queue: pick(QUEUES), noAck: chance(0.3) })],
    [9, consume],
    [2, consumeReplies],
    [18, () => settle()],
    [4, () => bind('bind')],
    [3, () => bind('unbind')],
    [2, () => bindExchange('bindExchange')],
    [1, () => bindExchange('unbindExchange')],
    [5, cancel],
    [3, () => ({ op: 'recover', channel: pick([0, 1, 2]) })],
    [4, () => ({ op: 'prefetch', channel: pick([0, 1, 2]), count: pick([0, 1, 2]) })],
    [2, () => ({ op: 'purge', channel: 0, queue: pick(QUEUES) })],
    [4, () => ({ op: 'checkQueue', channel: pick([0, 2]), queue: pick(QUEUES) })],
    [2, () => ({ op: 'deleteQueue', channel: 0, queue: pick(QUEUES), options: {} })],
    [3, () => declareQueue(Math.floor(random() * 3), pick([0, 2]))],
    [2, () => ({ op: 'declareQueue', channel: 0, queue: '', options: { exclusive: chance(0.5) } })],
    [1, () => ({ op: 'deleteExchange', channel: 0, exchange: pick(EXCHANGES), options: {} })],
    [2, () => declareExchange(Math.floor(random() * 2))],
    [3, () => ({ op: 'reply', channel: pick([0, 1, 2]), body: 'answer' })],
    [2, () => ({ op: 'closeChannel', channel: pick([0, 1, 2]) })],
    // two channels return their messages to a quorum queue in any order
    [1, () => ({ op: 'closeConnection', connection: pick(quorum ? [1] : [0, 1]) })],
    [7, () => mistakeOf({ pick, chance }, { queues: profiles, types, exchanges: exchangeOptions }, wait)],
  ];
  const total = lines.reduce((sum, [weight]) => sum + weight, 0);
  const next = (): Step => {
    let left = random() * total;
    return lines.find(([weight]) => (left -= weight) < 0)![1]();
  };
  const steps = [
    ...QUEUES.map((_, index) => declareQueue(index)),
    ...EXCHANGES.map((_, index) => declareExchange(index)),
    bind('bind'),
    bindExchange('bindExchange'),
    bind('bind', 'x0'),
    bind('bind', 'x1'),
    { op: 'bind', channel: 0, queue: pick(QUEUES), exchange: 'x0', key: 'a.b', args: bindingArgs('x0') } as Step,
    ...(contested ? [consume(), consume(), consume()] : []),
    ...Array.from({ length: STEPS }, next),
  ];
  return { seed, quorum, steps };
};
