import {
  CallHandler,
  type CanActivate,
  ExecutionContext,
  type NestInterceptor,
  Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Controller } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { Ctx, EventPattern, KafkaContext, Payload, Transport } from '@nestjs/microservices';
import type { Event } from '@fourfold/contracts/event';
import { ServiceError } from '@fourfold/contracts/service-error';
import { EMPTY, type Observable, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import {
  GetParcelDto,
  parcelLost,
  parcelDelivered,
  ParcelLostDto,
  ParcelDeliveredDto,
  ParcelsContract,
  SendParcelDto,
  WatchParcelDto,
} from '@fourfold/testing/parcels';
import { currentMessage, type MessageContext } from '../../src/context.ts';
import { propagate, traceIdOf } from '../../src/metadata.ts';
import { observations } from '../application.ts';
import { createClient, oneWayClientOf } from '../../src/client.ts';
import { IdempotencyKey } from '../../src/handlers/idempotency-key.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { On } from '../../src/handlers/on.ts';
import { KafkaClient } from '../../src/kafka/client.ts';
import { KafkaPublisher } from '../../src/kafka/publisher.ts';
import {
  brokersOrExplain,
  committedOf,
  hearRaw,
  outgoing,
  rawKafka,
  type RunningService,
  startService,
  uniquePrefix,
} from './service.fixture.ts';

const brokers = brokersOrExplain();
/** Idempotent: on a new topic kafkajs's first request can fail for one partition, and is then repeated for all. */
const producer = rawKafka().producer({ idempotent: true, maxInFlightRequests: 1 });
const running: RunningService[] = [];
let prefix: string;
let publisher: KafkaPublisher;
let client: KafkaClient;

beforeAll(() => producer.connect());
afterAll(() => producer.disconnect());
beforeEach(() => {
  prefix = uniquePrefix();
  publisher = new KafkaPublisher({ brokers, prefix, source: 'parcels' });
  client = new KafkaClient({ brokers, prefix, source: 'spec' });
});
afterEach(async () => {
  await Promise.all([publisher.close(), client.close(), ...running.splice(0).map(({ app }) => app.close())]);
});

const start = async (
  controller: Type,
  group = 'tracking',
  options: Partial<Parameters<typeof startService>[1]> = {},
) => {
  const service = await startService([controller], { prefix, group, retries: { attempts: 3, delays: [] }, ...options });
  running.push(service);
  return service.server;
};
const delivered = (parcelId: string) => ({ parcelId, senderId: 'c-1' });
const publish = <T>(event: Event<T>, ...data: T[]) => publisher.publish(data.map((each) => outgoing(event, each)));
const deadLettersOf = async (topic: string, count: number) => {
  const { heard, stop } = await hearRaw(`${prefix}${topic}.tracking.dead`);
  await expect.poll(() => heard.map(({ text }) => text['x-origin'])).toHaveLength(count);
  await stop();
  return heard;
};
/** A subscriber whose handling of delivered parcels is the test's. */
const subscriber = (handle: (event: ParcelDeliveredDto, key?: string) => unknown): Type => {
  @Controller()
  class Subscriber {
    @On(parcelDelivered) async delivered(@Input() event: ParcelDeliveredDto, @IdempotencyKey() key: IdempotencyKey) {
      await handle(event, key.id);
    }
  }
  return Subscriber;
};

describe('an event', () => {
  it('is heard as its DTO, with its id as idempotency key, in the trace that it came from', async () => {
    const heard: { event: ParcelDeliveredDto; key?: string; call?: MessageContext }[] = [];
    const server = await start(subscriber((event, key) => void heard.push({ event, key, call: currentMessage() })));
    expect(server.isReady()).toBe(true);
    const message = outgoing(parcelDelivered, delivered('p-1'));
    await publisher.publish([message]);
    await expect.poll(() => heard).toHaveLength(1);
    const { event, key, call } = heard[0]!;
    expect(event).toBeInstanceOf(ParcelDeliveredDto);
    expect(event).toEqual(delivered('p-1'));
    expect(key).toBe(message.id);
    expect(call).toMatchObject({ transport: 'kafka', idempotencyKey: { source: 'parcels', id: message.id } });
    expect(call!.deadline).toBeUndefined();
    expect(traceIdOf(call!.metadata)).toBe(traceIdOf(message.metadata));
  });

  it('of a type that nothing here handles is skipped, and observed', async () => {
    const { seen, stop } = observations();
    const heard: string[] = [];
    await start(subscriber(({ parcelId }) => heard.push(parcelId)));
    await publish(parcelLost, { ...delivered('p-1'), reason: 'no name on it' });
    await publish(parcelDelivered, delivered('p-1'));
    await expect.poll(() => heard).toEqual(['p-1']);
    stop();
    const skipped = seen.filter(({ event }) => event === 'skipped');
    expect(skipped).toMatchObject([{ transport: 'kafka', operation: parcelLost.type }]);
  });

  it('has one handler a service', async () => {
    @Controller()
    class Subscriber {
      @On(parcelDelivered) one(@Input() _: ParcelDeliveredDto) {}
      @On(parcelDelivered) two(@Input() _: ParcelDeliveredDto) {}
    }
    await expect(start(Subscriber)).rejects.toThrow(
      /parcels.v1.ParcelDelivered has two handlers over Kafka: Subscriber.one and Subscriber.two/,
    );
  });

  it('can be heard with plain Nest; a handler whose stream is empty has succeeded', async () => {
    const heard: unknown[] = [];
    @Controller()
    class Subscriber {
      @EventPattern<string>(parcelDelivered.type, Transport.KAFKA, { topic: parcelDelivered.topic })
      delivered(@Payload() data: object, @Ctx() context: KafkaContext) {
        heard.push(data, context.getTopic(), context.getMessage().headers!.ce_source);
        return EMPTY;
      }
    }
    await start(Subscriber);
    await publish(parcelDelivered, delivered('p-1'));
    await expect.poll(() => heard).toHaveLength(3);
    expect(heard).toEqual([delivered('p-1'), `${prefix}parcels.v1`, 'parcels']);
    await expect.poll(() => committedOf(`${prefix}tracking`, `${prefix}parcels.v1`)).toBe(1);
  });

  it('needs a topic', async () => {
    @Controller()
    class Subscriber {
      @EventPattern<string>('parcels.Nowhere', Transport.KAFKA) heard() {}
    }
    await expect(start(Subscriber)).rejects.toThrow('parcels.Nowhere names no topic');
  });
});

describe('a failing handler', () => {
  it('is called again with the same message when the failure may pass', async () => {
    const keys: unknown[] = [];
    const heard: string[] = [];
    await start(
      subscriber(({ parcelId }, key) => {
        keys.push(key);
        if (keys.length < 3) throw new Error('not now');
        heard.push(parcelId);
      }),
    );
    await publish(parcelDelivered, delivered('p-1'));
    await publish(parcelDelivered, delivered('p-1'));
    await expect.poll(() => heard).toEqual(['p-1', 'p-1']);
    expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 0, 3]);
  });

  it('loses its message to the dead-letter topic in the end, and the next ones go on', async () => {
    const heard: string[] = [];
    let calls = 0;
    await start(
      subscriber(({ senderId }) => {
        if (senderId === 'poison' && ++calls) throw new Error('secret');
        heard.push(senderId);
      }),
    );
    const poison = outgoing(parcelDelivered, { parcelId: 'p-1', senderId: 'poison' });
    await publisher.publish([poison, outgoing(parcelDelivered, { parcelId: 'p-1', senderId: 'next' })]);
    await expect.poll(() => heard).toEqual(['next']);
    expect(calls).toBe(3);
    const [dead] = await deadLettersOf('parcels.v1', 1);
    expect(dead!.key!.toString()).toBe('p-1');
    expect(dead!.value!.toString()).toBe(poison.body);
    expect(dead!.text).toMatchObject({
      ce_id: poison.id,
      ce_type: parcelDelivered.type,
      traceparent: poison.metadata['traceparent'],
      'x-error-code': 'INTERNAL',
      'x-error-reason': 'INTERNAL',
      'x-error-message': 'internal error',
      'x-attempts': '3',
      'x-origin': expect.stringMatching(new RegExp(`^${prefix}parcels.v1/[0-2]/0$`)),
    });
    await expect.poll(() => committedOf(`${prefix}tracking`, `${prefix}parcels.v1`)).toBe(2);
  });

  it('holds later messages of its key behind the dead letter if told so, until it is redriven or discarded', async () => {
    const heard: string[] = [];
    let isFixed = false;
    @Controller()
    class Subscriber {
      @On(parcelDelivered, { onDead: 'hold' }) delivered(@Input() { senderId }: ParcelDeliveredDto) {
        if (senderId.startsWith('poison') && !isFixed) throw new ServiceError('NOT_FOUND', 'GONE', 'gone');
        heard.push(senderId);
      }
    }
    const server = await start(Subscriber);
    const about = (parcelId: string) => (senderId: string) => ({ parcelId, senderId });
    await publish(parcelDelivered, ...['poison 1', 'b', 'c'].map(about('p-1')), ...['poison 2', 'e'].map(about('p-2')));
    await publish(parcelDelivered, about('p-3')('other'));
    await expect.poll(() => heard).toEqual(['other']);
    const dead = await deadLettersOf('parcels.v1', 2);
    for (const { text } of dead) expect(text).toMatchObject({ 'x-on-dead': 'hold', 'x-error-reason': 'GONE' });

    await server.close();
    await start(Subscriber); // what waits is read again
    await publish(parcelDelivered, about('p-1')('d'), about('p-3')('another'));
    await expect.poll(() => heard).toEqual(['other', 'another']);

    isFixed = true;
    const place = (origin: string) => Number(origin.split('/')[1]);
    const again = dead.map(({ key, value, text }) => ({
      key,
      value,
      headers: text,
      partition: place(text['x-origin']!),
    }));
    const [first, second] = again.toSorted((a, b) => (a.value! < b.value! ? -1 : 1));
    const retryTopic = `${prefix}parcels.v1.tracking.retry`;
    const marked = (name: string) => ({ [name]: 'parcels.v1.tracking.dead/0/0' });
    await producer.send({
      topic: retryTopic,
      messages: [{ ...first!, headers: { ...first!.headers, ...marked('x-redriven-from') } }],
    });
    await expect.poll(() => heard).toEqual(['other', 'another', 'poison 1', 'b', 'c', 'd']);
    await producer.send({
      topic: retryTopic,
      messages: [{ ...second!, value: null, headers: { ...second!.headers, ...marked('x-discarded') } }],
    });
    await expect.poll(() => heard.slice(6)).toEqual(['e']);
    await expect.poll(() => committedOf(`${prefix}tracking`, retryTopic)).toBeGreaterThan(0);
  });

  it('holds everything after it while its dead letter cannot be taken', async () => {
    const [topic, dead] = [`${prefix}parcels.v1`, `${prefix}parcels.v1.tracking.dead`];
    const admin = rawKafka().admin();
    await admin.connect();
    const limit = (value: string) => [{ name: 'max.message.bytes', value }];
    await admin.createTopics({
      topics: [
        { topic, numPartitions: 1 },
        { topic: dead, configEntries: limit('10') },
      ],
    });
    const heard: string[] = [];
    await start(
      subscriber(({ senderId }) => {
        if (senderId === 'poison') throw new ServiceError('NOT_FOUND', 'GONE', 'gone');
        heard.push(senderId);
      }),
    );
    await publish(
      parcelDelivered,
      { parcelId: 'p-0', senderId: 'good' },
      { parcelId: 'p-1', senderId: 'poison' },
      { parcelId: 'p-1', senderId: 'next' },
    );
    await expect.poll(() => committedOf(`${prefix}tracking`, topic)).toBe(1);
    expect(heard).toEqual(['good']);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: dead, configEntries: limit('1000000') }],
    });
    await expect.poll(() => heard).toEqual(['good', 'next']);
    expect(await deadLettersOf('parcels.v1', 1)).toHaveLength(1);
    await admin.disconnect();
  });
});

describe('a handler that does not end', () => {
  it('holds up neither other keys nor other partitions', async () => {
    const heard: string[] = [];
    const hung = Promise.withResolvers<void>();
    await start(
      subscriber(({ parcelId }) => {
        if (parcelId === 'hangs') return hung.promise;
        heard.push(parcelId);
        return undefined;
      }),
      'tracking',
      { drainTimeout: 100 },
    );
    await publish(parcelDelivered, delivered('hangs'));
    await new Promise((resolve) => setTimeout(resolve, 500)); // it alone is in the first batch
    const others = Array.from({ length: 30 }, (_, n) => `p-${n}`);
    await publish(parcelDelivered, ...others.map(delivered));
    await expect.poll(() => heard.toSorted()).toEqual(others.toSorted());
    hung.resolve();
    await expect.poll(() => committedOf(`${prefix}tracking`, `${prefix}parcels.v1`)).toBe(31);
  });
});

describe('a message that is not what it should be', () => {
  it('is a dead letter at once if it is invalid or not JSON', async () => {
    const heard: string[] = [];
    await start(subscriber(({ parcelId }) => heard.push(parcelId)));
    const headers = { ce_type: parcelDelivered.type };
    await producer.send({
      topic: `${prefix}parcels.v1`,
      messages: [
        { key: '1', headers, value: '{"parcelId":7,"senderId":"c-1"}' },
        { key: '1', headers, value: 'no JSON' },
        { key: '1', headers, value: null },
        { key: '1', headers, value: JSON.stringify({ ...delivered('p-1'), unknown: 1 }) },
      ],
    });
    await expect.poll(() => heard).toEqual(['p-1']);
    const dead = await deadLettersOf('parcels.v1', 3);
    for (const { text } of dead)
      expect(text).toMatchObject({
        'x-error-code': 'INVALID_ARGUMENT',
        'x-error-reason': 'INVALID_INPUT',
        'x-attempts': '1',
      });
    expect(dead.map(({ value }) => value?.toString())).toEqual([
      '{"parcelId":7,"senderId":"c-1"}',
      'no JSON',
      undefined,
    ]);
    expect(dead.map(({ text }) => text['x-error-message'])).toEqual([
      expect.stringContaining('parcelId'),
      'invalid input: the body is not JSON',
      'invalid input: the body is not JSON',
    ]);
  });

  it('is a dead letter if it has no type', async () => {
    const heard: string[] = [];
    await start(subscriber(({ parcelId }, key) => heard.push(`${parcelId} ${key}`)));
    const value = JSON.stringify(delivered('p-1'));
    await producer.send({
      topic: `${prefix}parcels.v1`,
      messages: [
        { key: '1', value },
        { key: '1', value: Buffer.from([0, 255, 1]), headers: { ce_type: '' } },
        { key: '1', value, headers: { ce_type: parcelDelivered.type } },
      ],
    });
    await expect.poll(() => heard).toEqual([expect.stringMatching(new RegExp(`^p-1 ${prefix}parcels.v1/\\d/2$`))]);
    const dead = await deadLettersOf('parcels.v1', 2);
    expect(dead[0]!.text).toMatchObject({ 'x-error-reason': 'FOREIGN_MESSAGE', 'x-attempts': '0' });
    expect(dead[1]!.value).toEqual(Buffer.from([0, 255, 1]));
  });
});

describe('an operation', () => {
  const sent: { input: SendParcelDto; call?: MessageContext }[] = [];
  @Implements(ParcelsContract)
  class ParcelsController {
    sendParcel(@Input() input: SendParcelDto): Parcel {
      sent.push({ input, call: currentMessage() });
      return { parcelId: 'p-1', senderId: input.senderId, status: 'SENT', items: [], sentAt: new Date(0) };
    }
    getParcel(@Input() _: GetParcelDto): Parcel {
      throw new Error('not here');
    }
    watchParcel(@Input() _: WatchParcelDto): Observable<Parcel> {
      return of();
    }
  }
  const input = { senderId: 'c-1', items: [{ articleId: 'a1', quantity: 2 }] };
  const call = { operation: ParcelsContract.sendParcel, input, metadata: propagate() };

  it('is taken in one-way', async () => {
    await start(ParcelsController);
    await client.send({ ...call, deadline: Date.now() + 5000, idempotencyKey: 'k-1' });
    await expect.poll(() => sent).toHaveLength(1);
    expect(sent[0]!.input).toBeInstanceOf(SendParcelDto);
    expect(sent[0]!.input).toEqual(input);
    expect(sent[0]!.call).toMatchObject({ transport: 'kafka', idempotencyKey: { source: 'spec', id: 'k-1' } });
  });

  it('is handed in by a typed client, which has the operations of the contract that Kafka takes', async () => {
    await start(ParcelsController);
    sent.length = 0;
    abstract class ParcelsIntake extends oneWayClientOf(ParcelsContract) {}
    const intake = createClient(ParcelsIntake, client);
    await expect(intake.sendParcel(input, { idempotencyKey: 'k-2', timeout: 5000 })).resolves.toBeUndefined();
    await expect.poll(() => sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ input, call: { idempotencyKey: { source: 'spec', id: 'k-2' } } });
  });

  it('is a dead letter when it is unknown: nobody else will take it', async () => {
    await start(ParcelsController);
    const messages = [
      { key: '1', value: '{}', headers: { ce_type: 'parcels.v1.ParcelsService/Nothing' } },
      { key: '1', value: '{}' },
    ];
    await producer.send({ topic: `${prefix}parcels.v1.in`, messages });
    const dead = await deadLettersOf('parcels.v1.in', 2);
    expect(dead.map(({ text }) => text['x-error-reason'])).toEqual(['UNKNOWN_OPERATION', 'FOREIGN_MESSAGE']);
  });

  it('needs its deadline only until Kafka has it, and a binding', async () => {
    await expect(client.send({ ...call, deadline: Date.now() })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const unbound = { ...call, operation: ParcelsContract.getParcel, deadline: Date.now() + 1000 };
    await expect(client.send(unbound)).rejects.toMatchObject({ code: 'UNIMPLEMENTED', reason: 'NOT_BOUND' });
  });
});

describe('guards and interceptors', () => {
  it('hold, global ones and those of a handler', async () => {
    const seen: string[] = [];
    class Doorman implements CanActivate {
      canActivate(context: ExecutionContext) {
        seen.push(`guard ${context.getType()}`);
        if (context.switchToRpc().getData().senderId === 'stranger')
          throw new ServiceError('PERMISSION_DENIED', 'NOT_A_FRIEND', 'no entry');
        return true;
      }
    }
    const note = (name: string) =>
      class implements NestInterceptor {
        intercept(_: ExecutionContext, next: CallHandler) {
          seen.push(name);
          return next.handle();
        }
      };
    @Controller()
    @UseInterceptors(note('class'))
    class Subscriber {
      @UseGuards({ canActivate: () => Boolean(seen.push('method')) })
      @On(parcelLost)
      lost(@Input() { senderId }: ParcelLostDto) {
        seen.push(senderId);
      }
    }
    await start(Subscriber, 'tracking', {
      providers: [
        { provide: APP_GUARD, useClass: Doorman },
        { provide: APP_INTERCEPTOR, useClass: note('global') },
      ],
    });
    await publish(parcelLost, { ...delivered('p-1'), senderId: 'stranger', reason: '' });
    await publish(parcelLost, { ...delivered('p-1'), reason: '' });
    await expect.poll(() => seen.at(-1)).toBe('c-1');
    expect(seen).toEqual(['guard rpc', 'guard rpc', 'method', 'global', 'class', 'c-1']);
    const [dead] = await deadLettersOf('parcels.v1', 1);
    expect(dead!.text).toMatchObject({ 'x-error-code': 'PERMISSION_DENIED', 'x-error-reason': 'NOT_A_FRIEND' });
  });
});
