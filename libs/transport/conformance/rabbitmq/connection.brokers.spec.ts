import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { messageOf } from '../../src/outgoing-message.ts';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import { NEVER, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { Label, Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import {
  type GetLabelDto,
  type GetParcelDto,
  LabelsContract,
  ParcelsContract,
  type PrintLabelDto,
  type SendParcelDto,
  type WatchParcelDto,
} from '@fourfold/testing/parcels';
import { propagate } from '../../src/metadata.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { RabbitMqClient } from '../../src/rabbitmq/client.ts';
import { observations } from '../application.ts';
import { logLines, mount, ownQueues, rabbitMqUrl, raw, start, take } from './service.fixture.ts';
import { RabbitMqPublisher } from '../../src/rabbitmq/publisher.ts';

const SEND = 'parcels.send-parcel';
const PRINT = 'labels.print-label';
const input = { senderId: 'c1', items: [{ articleId: 'a1', quantity: 2 }] };
const labelOf = (parcelId: string) => ({ parcelId, senderId: 'c1', weight: { unit: 'g', amount: 100 } });

let sendParcel: () => Promise<Parcel>;
let printLabel: (parcelId: string) => Promise<void>;

@Implements(ParcelsContract)
class ParcelsController {
  sendParcel(@Input() _: SendParcelDto): Promise<Parcel> {
    return sendParcel();
  }
  async getParcel(@Input() _: GetParcelDto): Promise<Parcel> {
    return Parcel.fromPartial({});
  }
  watchParcel(@Input() _: WatchParcelDto): Observable<Parcel> {
    return NEVER;
  }
}
@Implements(LabelsContract)
class LabelsController {
  printLabel(@Input() label: PrintLabelDto): Promise<void> {
    return printLabel(label.parcelId);
  }
  async getLabel(@Input() _: GetLabelDto): Promise<Label> {
    return Label.fromPartial({});
  }
}
abstract class ParcelsClient extends clientOf(ParcelsContract) {}
abstract class LabelsClient extends clientOf(LabelsContract) {}

const prefix = ownQueues(SEND, PRINT, 'other');
const errorFrom = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
let model: ChannelModel;
let channel: ConfirmChannel;
let proxy: TcpProxy;
const closing: { close(): Promise<unknown> }[] = [];
const closeLater = <T extends { close(): Promise<unknown> }>(user: T): T => {
  closing.push(user);
  return user;
};

beforeAll(async () => {
  ({ model, channel } = await raw());
});
afterAll(() => model.close());
beforeEach(async () => {
  proxy = await TcpProxy.before(rabbitMqUrl(), 5672);
  sendParcel = async () => Parcel.fromPartial({ parcelId: 'p1' });
  printLabel = async () => {};
  logLines.length = 0;
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((user) => user.close()));
  await proxy.cut();
  await channel.deleteQueue(prefix + SEND);
  await channel.deleteQueue(prefix + PRINT);
});

const serve = async (url = rabbitMqUrl()) => {
  const started = await start([ParcelsController, LabelsController], { prefix, url, drainTimeout: 100 });
  closeLater(started.app);
  return started.server;
};
const clientAt = (url: string, options = {}) => {
  const transport = closeLater(new RabbitMqClient({ url, prefix, ...options }));
  return { transport, parcels: createClient(ParcelsClient, transport), labels: createClient(LabelsClient, transport) };
};

describe('the server', () => {
  it('serves again after its connection was dropped, commands in flight included', async () => {
    const { seen, stop } = observations();
    closeLater({ close: async () => stop() });
    await proxy.open();
    const handled: string[] = [];
    let release = () => {};
    printLabel = async (parcelId) => {
      handled.push(parcelId);
      if (handled.length === 1) await new Promise<void>((resolve) => (release = resolve));
    };
    const server = await serve(proxy.url);
    expect(server.isReady()).toBe(true);
    const { parcels, labels } = clientAt(rabbitMqUrl());
    await labels.printLabel(labelOf('p1'));
    await expect.poll(() => handled).toEqual(['p1']);

    await proxy.cut();
    await expect.poll(() => server.isReady()).toBe(false);
    release();
    await labels.printLabel(labelOf('p2'));
    await proxy.open();
    await expect.poll(() => handled.toSorted()).toEqual(['p1', 'p1', 'p2']);
    await expect(parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'p1' });
    await expect.poll(() => server.isReady()).toBe(true);

    const place = new URL(proxy.url).host;
    const observed = seen.filter((one) => one.place?.includes(place)).map(({ event }) => event);
    expect(observed.filter((event) => event === 'lost')).toHaveLength(1);
    expect(observed).not.toContain('unreachable');
    expect(observed.at(-1)).toBe('connected');
    expect(logLines.join()).not.toContain('guest:guest@');
  });

  it('waits for a broker that is not there yet', async () => {
    const { app, server } = await mount([ParcelsController], { prefix, url: proxy.url });
    closeLater(app);
    let isListening = false;
    const listening = server.listen().then(() => (isListening = true));
    await expect.poll(() => logLines.join()).toContain('cannot connect');
    expect(isListening).toBe(false);
    expect(server.isReady()).toBe(false);
    await proxy.open();
    await listening;
    expect(server.isReady()).toBe(true);
  });

  it('does not keep a caller of listen() waiting once it is closed', async () => {
    const { app, server } = await mount([ParcelsController], { prefix, url: proxy.url });
    const refusal = errorFrom(server.listen());
    await app.close();
    expect(await refusal).toMatchObject({ message: expect.stringContaining('closed before') });
  });

  it('refuses to start over a queue with other arguments, by name, and can be started later', async () => {
    await channel.assertQueue(prefix + SEND, { durable: true });
    const { app, server } = await mount([ParcelsController], { prefix });
    closeLater(app);
    await expect(server.listen()).rejects.toThrow(`queue ${prefix}${SEND} exists with other arguments`);
    await channel.deleteQueue(prefix + SEND);
    await server.listen();
    expect(server.isReady()).toBe(true);
  });

  it('declares and consumes again a queue that was deleted', async () => {
    const server = await serve();
    await channel.deleteQueue(prefix + SEND);
    await expect.poll(() => server.isReady()).toBe(false);
    await expect.poll(() => server.isReady()).toBe(true);
    await expect(clientAt(rabbitMqUrl()).parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'p1' });
  });

  it('opens its channel again when the broker closes that alone', async () => {
    const server = await serve();
    const current = () => (server as any).reconnecting.current as ConfirmChannel;
    const before = current();
    before.ack({ fields: { deliveryTag: 999 } } as never); // PRECONDITION_FAILED: unknown delivery tag
    await expect.poll(() => server.isReady()).toBe(false);
    await expect.poll(() => server.isReady()).toBe(true);
    expect(current()).not.toBe(before);
    await expect(clientAt(rabbitMqUrl()).parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'p1' });
  });
});

describe('the client', () => {
  it('closes at once if there is no broker', async () => {
    const { parcels, transport } = clientAt(proxy.url);
    const called = errorFrom(parcels.sendParcel(input));
    await transport.close();
    expect(await called).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('fails calls in flight when the connection is lost, and others at once while it is', async () => {
    await proxy.open();
    let begun = false;
    sendParcel = () => {
      begun = true;
      return new Promise(() => {});
    };
    await serve();
    const { parcels, labels, transport } = clientAt(proxy.url);
    const called = errorFrom(parcels.sendParcel(input, { timeout: 10_000 }));
    await expect.poll(() => begun).toBe(true);
    await proxy.cut();
    expect(await called).toMatchObject({ code: 'UNAVAILABLE' });
    const begin = Date.now();
    const timeout = { timeout: 10_000 };
    await expect(parcels.sendParcel(input, timeout)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(labels.printLabel(labelOf('p1'), timeout)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(Date.now() - begin).toBeLessThan(5000);
    expect(transport.isReady()).toBe(false);

    await proxy.open();
    sendParcel = async () => Parcel.fromPartial({ parcelId: 'p2' });
    await expect.poll(() => transport.isReady()).toBe(true);
    await expect(parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'p2' });
  });

  it('waits for its first connection, but not longer than the deadline', async () => {
    await serve();
    const { parcels } = clientAt(proxy.url);
    await expect(parcels.sendParcel(input, { timeout: 50 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const called = parcels.sendParcel(input, { timeout: 5000 });
    await proxy.open();
    await expect(called).resolves.toMatchObject({ parcelId: 'p1' });
  });

  it('sends nothing once the deadline has passed', async () => {
    let calls = 0;
    sendParcel = async () => Parcel.fromPartial({ parcelId: `p${++calls}` });
    await serve();
    const { parcels } = clientAt(proxy.url);
    await expect(parcels.sendParcel(input, { timeout: 20 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await proxy.open();
    await expect(parcels.sendParcel(input, { timeout: 5000 })).resolves.toMatchObject({ parcelId: 'p1' });
  });

  it('fails at once if the queue does not exist, and at the deadline if nobody answers', async () => {
    const { parcels } = clientAt(rabbitMqUrl());
    await expect(parcels.sendParcel(input)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const server = await serve();
    await server.close();
    await expect(parcels.sendParcel(input, { timeout: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it('bounds what is in flight', async () => {
    sendParcel = () => new Promise(() => {});
    await serve();
    const { parcels } = clientAt(rabbitMqUrl(), { maxPending: 1 });
    const first = errorFrom(parcels.sendParcel(input, { timeout: 300 }));
    await expect(parcels.sendParcel(input)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await first).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    sendParcel = async () => Parcel.fromPartial({ parcelId: 'p3' });
    await expect(parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'p3' });
  });

  it('fails a command whose queue is gone, and declares it again for the next', async () => {
    const { labels } = clientAt(rabbitMqUrl());
    await labels.printLabel(labelOf('p1'));
    await channel.deleteQueue(prefix + PRINT);
    await expect(labels.printLabel(labelOf('p2'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await labels.printLabel(labelOf('p3'));
    expect(JSON.parse((await take(channel, prefix + PRINT)).content.toString())).toMatchObject({ parcelId: 'p3' });
  });

  it('fails a command over a queue with other arguments, and no call beside it', async () => {
    let release: ((parcel: Parcel) => void) | undefined;
    sendParcel = () => new Promise((resolve) => (release = resolve));
    const { app, server } = await mount([ParcelsController], { prefix });
    closeLater(app);
    await server.listen();
    await channel.assertQueue(prefix + PRINT, { durable: true });
    const { parcels, labels } = clientAt(rabbitMqUrl());
    const called = parcels.sendParcel(input);
    await expect.poll(() => release).toBeDefined();
    await expect(labels.printLabel(labelOf('p1'))).rejects.toThrow(`queue ${prefix}${PRINT} exists with other`);
    release!(Parcel.fromPartial({ parcelId: 'p4' }));
    await expect(called).resolves.toMatchObject({ parcelId: 'p4' });
  });
});

describe('the publisher', () => {
  const labelMessage = (parcelId: string) =>
    messageOf(LabelsContract.printLabel, labelOf(parcelId), {
      id: `id-${parcelId}`,
      metadata: propagate(),
      createdAt: new Date('2026-11-01T10:00:00.000Z'),
    });

  it('resolves once the broker has all commands, which are as a client sends them', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: rabbitMqUrl(), prefix }));
    const message = labelMessage('p1');
    await publisher.publish([message, labelMessage('p2')]);
    const taken = await take(channel, prefix + PRINT);
    expect(taken.content.toString()).toBe(message.body);
    expect(taken.properties).toMatchObject({
      type: 'parcels.v1.LabelsService/PrintLabel',
      messageId: 'id-p1',
      contentType: 'application/json',
      deliveryMode: 2,
      timestamp: Date.parse('2026-11-01T10:00:00.000Z') / 1000,
      headers: { traceparent: message.metadata['traceparent'] },
    });
    expect((await take(channel, prefix + PRINT)).properties.messageId).toBe('id-p2');
  });

  it('waits for the broker at first, and fails once it has lost it', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: proxy.url, prefix }));
    const waiting = publisher.publish([labelMessage('p1')]);
    await proxy.open();
    expect(await waiting).toEqual([undefined]);
    await proxy.cut();
    expect(await publisher.publish([labelMessage('p3')])).toMatchObject([
      { error: { code: 'UNAVAILABLE' }, isFinal: false },
    ]);
  });

  it('says of each message whether it is refused for good', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: rabbitMqUrl(), prefix }));
    const large = { ...labelMessage('p1'), body: ' '.repeat(1024 * 1024 + 1) };
    const { channel: other, model: connection } = await raw();
    await other.assertQueue(`${prefix}spec.refused`, { durable: true });
    const refused = { ...labelMessage('p2'), destination: 'spec.refused' };
    const outcomes = await publisher.publish([large, labelMessage('p3'), refused, labelMessage('p4')]);
    expect(outcomes).toMatchObject([
      { error: { reason: 'PAYLOAD_TOO_LARGE' }, isFinal: true },
      undefined,
      { error: { message: expect.stringContaining('exists with other arguments') }, isFinal: true },
      undefined,
    ]);
    await other.deleteQueue(`${prefix}spec.refused`);
    await connection.close();
  });

  it('carries no events', async () => {
    const publisher = closeLater(new RabbitMqPublisher({ url: rabbitMqUrl(), prefix }));
    await expect(publisher.publish([{ ...labelMessage('p1'), kind: 'event' }])).rejects.toThrow('is an event');
  });
});
