import amqp from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import { type AmqpBroker, startAmqp } from '../amqp/broker.ts';
import { type Fault, type FaultKind, Faults, UNLUCKY } from './faults.ts';

const MESSAGES = 100;
const QUEUE = 'jobs';
const KINDS = (Object.keys(UNLUCKY) as FaultKind[]).filter((kind) => kind.startsWith('amqp.'));

let broker: AmqpBroker;
afterEach(() => broker.close());

const start = async (kind: FaultKind): Promise<Fault[]> => {
  const history: Fault[] = [];
  const faults = new Faults({ seed: 1, profile: { [kind]: 100 }, onFault: (fault) => history.push(fault) });
  broker = await startAmqp({ faults });
  return history;
};

/** A channel that works until something goes wrong; resolves then. */
const work = async (use: (channel: amqp.ConfirmChannel, gone: Promise<void>) => Promise<void>): Promise<void> => {
  const connection = await amqp.connect(broker.url);
  const gone = Promise.withResolvers<void>();
  for (const event of ['close', 'error'] as const) connection.on(event, () => gone.resolve());
  const channel = await connection.createConfirmChannel();
  for (const event of ['close', 'error'] as const) channel.on(event, () => gone.resolve());
  await channel.assertQueue(QUEUE, { durable: true });
  await use(channel, gone.promise).catch(() => {});
  await connection.close().catch(() => {});
};

/** Resolves to whether the broker has confirmed the message; throws if it said nothing. */
const publish = async (channel: amqp.ConfirmChannel, gone: Promise<void>, body: string): Promise<boolean> => {
  const answer = new Promise<boolean>((resolve) => {
    channel.sendToQueue(QUEUE, Buffer.from(body), {}, (error) => resolve(!error));
  });
  const said = await Promise.race([answer, gone]);
  if (said === undefined) throw new Error('the channel has gone');
  return said;
};

/** Publishes until the broker has confirmed each: one that was not confirmed is published again. */
const publishAll = async (): Promise<void> => {
  const left = Array.from({ length: MESSAGES }, (_, number) => `${number}`);
  while (left.length > 0)
    await work(async (channel, gone) => {
      while (left.length > 0) if (await publish(channel, gone, left[0]!)) left.shift();
    });
};

/** Takes and acknowledges until each has been seen; resolves to all that was delivered, in order. */
const consumeAll = async (): Promise<{ number: number; redelivered: boolean }[]> => {
  const seen: { number: number; redelivered: boolean }[] = [];
  const isDone = () => new Set(seen.map(({ number }) => number)).size === MESSAGES;
  while (!isDone())
    await work(async (channel, gone) => {
      await channel.prefetch(5);
      const done = Promise.withResolvers<void>();
      await channel.consume(QUEUE, (message) => {
        if (!message) return done.resolve(); // cancelled by the broker
        seen.push({ number: Number(message.content), redelivered: message.fields.redelivered });
        channel.ack(message);
        if (isDone()) done.resolve();
      });
      if (!isDone()) await Promise.race([done.promise, gone]);
    });
  return seen;
};

describe('over AMQP', () => {
  it.each(KINDS)('%s: nothing that was confirmed is lost, and what is new comes in order', async (kind) => {
    const history = await start(kind);
    await publishAll();
    const seen = await consumeAll();
    expect(history.length).toBeGreaterThan(0);
    expect(history.every((fault) => fault.kind === kind && fault.place === QUEUE)).toBe(true);
    const fresh = seen.filter(({ redelivered }) => !redelivered).map(({ number }) => number);
    expect(fresh).toEqual(fresh.toSorted((a, b) => a - b));
  });
});
