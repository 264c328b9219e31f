import type { INestApplication } from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { ServiceError } from '@fourfold/contracts/service-error';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { Label } from '@fourfold/testing/gen/parcels/v1/parcels';
import { type GetLabelDto, LabelsContract, type PrintLabelDto } from '@fourfold/testing/parcels';
import { currentMessage } from '../../src/context.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { RabbitMqClient } from '../../src/rabbitmq/client.ts';
import { logLines, mount, ownQueues, rabbitMqUrl, raw, start, take } from './service.fixture.ts';
import type { RabbitMqServerOptions } from '../../src/rabbitmq/server.ts';

const QUEUE = 'labels.print-label';
const PRINT_LABEL = 'parcels.v1.LabelsService/PrintLabel';
const labelOf = (parcelId: string) => ({ parcelId, senderId: 'c1', weight: { unit: 'g', amount: 100 } });

/** A labels service with its own idea of what to do. */
const labelsApp = (printLabel: (parcelId: string) => void | Promise<void>) => {
  @Implements(LabelsContract)
  class LabelsController {
    async printLabel(@Input() label: PrintLabelDto): Promise<void> {
      await printLabel(label.parcelId);
    }
    async getLabel(@Input() _: GetLabelDto): Promise<Label> {
      return Label.fromPartial({});
    }
  }
  return LabelsController;
};
abstract class LabelsClient extends clientOf(LabelsContract) {}

const prefix = ownQueues(QUEUE);
const queue = prefix + QUEUE;
const transport = new RabbitMqClient({ url: rabbitMqUrl(), prefix });
const labels = createClient(LabelsClient, transport);
let apps: INestApplication[] = [];
let model: ChannelModel;
let channel: ConfirmChannel;

const serve = async (handle: (parcelId: string) => void | Promise<void>, options?: Partial<RabbitMqServerOptions>) => {
  const started = await start([labelsApp(handle)], { prefix, ...options });
  apps.push(started.app);
  return started.server;
};

beforeAll(async () => {
  ({ model, channel } = await raw());
});
afterAll(async () => {
  await transport.close();
  await model.close();
});
beforeEach(async () => {
  await labels.printLabel(labelOf('declares the queue'));
  await channel.purgeQueue(queue);
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

it('keeps a command that comes before any service, and acks it when it is done', async () => {
  await labels.printLabel(labelOf('p1'), { idempotencyKey: 'k1' });
  const message = await take(channel, queue);
  expect(message.properties).toMatchObject({
    type: PRINT_LABEL,
    messageId: 'k1',
    contentType: 'application/json',
    deliveryMode: 2,
    timestamp: expect.closeTo(Date.now() / 1000, -1),
    headers: { traceparent: expect.stringMatching(/^00-/) },
  });
  expect(message.properties.replyTo).toBeUndefined();

  const handled: string[] = [];
  await labels.printLabel(labelOf('p2'));
  const server = await serve((parcelId) => void handled.push(parcelId));
  await expect.poll(() => handled).toEqual(['p2']);
  await server.close();
  expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 });
});

it('leaves a command that is not done in time to the next service', async () => {
  let begun = false;
  const slow = await serve(
    () => {
      begun = true;
      return new Promise(() => {});
    },
    { drainTimeout: 50 },
  );
  await labels.printLabel(labelOf('p1'));
  await expect.poll(() => begun).toBe(true);
  await slow.close();

  const handled: string[] = [];
  await serve((parcelId) => void handled.push(parcelId));
  await expect.poll(() => handled).toEqual(['p1']);
});

it('makes a dead letter of a command that fails permanently: unchanged, with the error in headers', async () => {
  let attempts = 0;
  await serve(
    () => {
      attempts++;
      throw new ServiceError('ABORTED', 'BANK_DOWN', 'the bank is down');
    },
    { retries: { attempts: 3, delays: [] } },
  );
  const body = JSON.stringify(labelOf('p1'));
  channel.sendToQueue(queue, Buffer.from(body), {
    type: PRINT_LABEL,
    messageId: 'm1',
    userId: 'guest',
    appId: 'till',
    headers: { 'x-till': 7, CC: ['spec.nowhere'] },
  });
  const dead = await take(channel, `${queue}.dead`);
  expect(attempts).toBe(3);
  expect(dead.content.toString()).toBe(body);
  expect(dead.properties).toMatchObject({ type: PRINT_LABEL, messageId: 'm1', appId: 'till', deliveryMode: 2 });
  expect(dead.properties.headers).not.toHaveProperty('CC'); // it would have been copied there
  expect(dead.properties.headers).toMatchObject({
    'x-till': 7,
    'x-error-code': 'ABORTED',
    'x-error-reason': 'BANK_DOWN',
    'x-error-message': 'the bank is down',
    'x-attempts': '3',
  });
  await Promise.all(apps.splice(0).map((app) => app.close()));
  expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 });
});

it('makes a dead letter at once of a command that is larger than 1 MiB, and goes on', async () => {
  const handled: string[] = [];
  await serve((parcelId) => void handled.push(parcelId), { prefetch: 1 });
  const body = ' '.repeat(1024 * 1024 + 1);
  channel.sendToQueue(queue, Buffer.from(body), { type: PRINT_LABEL });
  await labels.printLabel(labelOf('next'));
  const dead = await take(channel, `${queue}.dead`);
  expect(dead.content.toString()).toBe(body);
  expect(dead.properties.headers).toMatchObject({ 'x-error-reason': 'PAYLOAD_TOO_LARGE', 'x-attempts': '0' });
  await expect.poll(() => handled).toEqual(['next']);
});

it('takes no more at once than it may, also from a queue that was deleted', async () => {
  let begun = 0;
  const server = await serve(
    () => {
      begun++;
      return new Promise(() => {});
    },
    { prefetch: 2, drainTimeout: 50 },
  );
  await channel.deleteQueue(queue);
  await expect.poll(() => server.isReady()).toBe(false);
  await expect.poll(() => server.isReady()).toBe(true);
  const send = () => channel.sendToQueue(queue, Buffer.from(JSON.stringify(labelOf('p1'))), { type: PRINT_LABEL });
  for (let count = 0; count < 5; count++) send();
  await channel.waitForConfirms();
  await expect.poll(() => begun).toBe(2);
  expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 3 });
});

it('does not lose a dead letter whose queue was deleted', async () => {
  await serve(() => {
    throw new ServiceError('FAILED_PRECONDITION', 'NO', 'no');
  });
  await channel.deleteQueue(`${queue}.dead`);
  await labels.printLabel(labelOf('p1'), { idempotencyKey: 'k7' });
  await expect.poll(() => logLines.join()).toContain('k7 became a dead letter');
  const dead = await take(channel, `${queue}.dead`);
  expect(JSON.parse(dead.content.toString())).toEqual(labelOf('p1'));
});

it('is not given up by the broker when services lose it again and again: that is not its own failure', async () => {
  await labels.printLabel(labelOf('p1'));
  for (let delivery = 0; delivery <= 25; delivery++)
    await vi.waitFor(async () => {
      const message = await channel.get(queue);
      if (!message) throw new Error('not there yet');
      channel.nack(message, false, true);
    }, 10_000);
  const handled: string[] = [];
  await serve((parcelId) => void handled.push(parcelId));
  await expect.poll(() => handled).toEqual(['p1']);
});

it("takes Nest's own packets", async () => {
  const handled: string[] = [];
  await serve((parcelId) => void handled.push(parcelId));
  const nest = new ClientRMQ({ urls: [rabbitMqUrl()], queue, noAssert: true });
  await nest.connect();
  await firstValueFrom(nest.emit(PRINT_LABEL, labelOf('p1')), { defaultValue: undefined });
  await expect.poll(() => handled).toEqual(['p1']);
  await nest.close();
});

it('refuses two handlers of one command', async () => {
  await expect(mount([labelsApp(() => {}), labelsApp(() => {})], { prefix })).rejects.toThrow('two handlers');
});

it('stays a command though its message names a replyTo: tried again, and a dead letter in the end', async () => {
  const handled = vi.fn<(parcelId: string) => void>(() => {
    throw new ServiceError('ABORTED', 'BUSY', 'busy');
  });
  await serve(handled, { retries: { attempts: 2, delays: [] } });
  const properties = { type: PRINT_LABEL, replyTo: 'nowhere', correlationId: '1' };
  channel.sendToQueue(queue, Buffer.from(JSON.stringify(labelOf('p7'))), properties);
  const dead = await take(channel, `${queue}.dead`);
  expect(dead.properties.headers).toMatchObject({ 'x-error-code': 'ABORTED', 'x-attempts': '2' });
  expect(handled).toHaveBeenCalledTimes(2);
});

it.each([[''], [undefined]])('takes two equal commands with the messageId %j for two', async (messageId) => {
  const keys = new Set<string | undefined>();
  await serve(() => void keys.add(currentMessage()?.idempotencyKey?.id));
  for (const parcelId of ['p8', 'p8'])
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(labelOf(parcelId))), { type: PRINT_LABEL, messageId });
  await expect.poll(() => keys.size).toBe(2);
  expect(keys).not.toContain('');
});
