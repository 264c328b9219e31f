import {
  type CanActivate,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ClientRMQ } from '@nestjs/microservices';
import type { ChannelModel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib';
import { ServiceError } from '@fourfold/contracts/service-error';
import { firstValueFrom, map, NEVER, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { type GetParcelDto, ParcelsContract, SendParcelDto, type WatchParcelDto } from '@fourfold/testing/parcels';
import { currentMessage, type MessageContext } from '../../src/context.ts';
import { traceIdOf } from '../../src/metadata.ts';
import { PROBLEM_JSON } from '../../src/errors.ts';
import { IdempotencyKey } from '../../src/handlers/idempotency-key.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { RabbitMqClient } from '../../src/rabbitmq/client.ts';
import { ownQueues, rabbitMqUrl, raw, start, take } from './service.fixture.ts';

const QUEUE = 'parcels.send-parcel';
const SEND_PARCEL = 'parcels.v1.ParcelsService/SendParcel';
const input = { senderId: 'c1', items: [{ articleId: 'a1', quantity: 2 }] };
const sent: Parcel = {
  parcelId: 'p1',
  senderId: 'c1',
  status: 'SENT',
  items: [],
  weight: { unit: 'g', amount: 250 },
  sentAt: new Date('2026-11-01T10:00:00.000Z'),
};
const sendParcel = vi.fn<(parcel: SendParcelDto, key?: string) => Promise<Parcel>>();

@Injectable()
class ClosedCounter implements CanActivate {
  canActivate(): boolean {
    return !closed;
  }
}
let closed = false;
const shout: NestInterceptor = {
  intercept: (_, next) =>
    next
      .handle()
      .pipe(map((parcel: Parcel) => (parcel?.senderId === 'loud' ? { ...parcel, parcelId: 'P1!' } : parcel))),
};

@Implements(ParcelsContract)
@UseGuards(ClosedCounter)
class ParcelsController {
  @UseInterceptors(shout)
  sendParcel(@Input() parcel: SendParcelDto, @IdempotencyKey() key?: IdempotencyKey): Promise<Parcel> {
    return sendParcel(parcel, key?.id);
  }
  async getParcel(@Input() _: GetParcelDto): Promise<Parcel> {
    return sent;
  }
  watchParcel(@Input() _: WatchParcelDto): Observable<Parcel> {
    return NEVER;
  }
}
abstract class ParcelsClient extends clientOf(ParcelsContract) {}

const prefix = ownQueues(QUEUE);
const queue = prefix + QUEUE;
const transport = new RabbitMqClient({ url: rabbitMqUrl(), prefix });
const parcels = createClient(ParcelsClient, transport);
let app: INestApplication;
let model: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  ({ app } = await start([ParcelsController], { prefix }));
  ({ model, channel } = await raw());
});
afterAll(async () => {
  await transport.close();
  await model.close();
  await app.close();
});
beforeEach(() => {
  closed = false;
  sendParcel.mockReset().mockResolvedValue(sent);
});

/** A call as a client that is not ours makes it. */
const ask = async (body: string | Buffer, properties: Options.Publish): Promise<ConsumeMessage> => {
  const replies = await channel.assertQueue('', { exclusive: true, autoDelete: true });
  const reply = new Promise<ConsumeMessage>((resolve) => {
    void channel.consume(replies.queue, (message) => message && resolve(message), { noAck: true });
  });
  channel.sendToQueue(queue, Buffer.from(body), { replyTo: replies.queue, correlationId: 'id-7', ...properties });
  return reply;
};
const jsonOf = ({ content }: { content: Buffer }) => JSON.parse(content.toString()) as any;

describe('a call', () => {
  it('is answered in JSON, with type and correlation id, to a client that is not ours', async () => {
    const reply = await ask(JSON.stringify(input), { type: SEND_PARCEL });
    expect(reply.properties).toMatchObject({
      type: SEND_PARCEL,
      correlationId: 'id-7',
      contentType: 'application/json',
    });
    expect(jsonOf(reply)).toEqual({ ...sent, sentAt: '2026-11-01T10:00:00.000Z' });
  });

  it('carries trace, deadline and idempotency key', async () => {
    let seen: MessageContext | undefined;
    sendParcel.mockImplementation(async () => {
      seen = currentMessage();
      return sent;
    });
    const before = Date.now();
    await parcels.sendParcel(input, { timeout: 1500, idempotencyKey: 'k1' });
    expect(seen).toMatchObject({ transport: 'rabbitmq', idempotencyKey: { source: '', id: 'k1' } });
    expect(seen!.deadline).toBeGreaterThanOrEqual(before + 1500);
    expect(seen!.deadline).toBeLessThanOrEqual(Date.now() + 1500);

    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await ask(JSON.stringify(input), { type: SEND_PARCEL, headers: { traceparent } });
    expect(traceIdOf(seen!.metadata)).toBe(traceIdOf({ traceparent }));
    expect(seen!.idempotencyKey).toBeUndefined();
  });

  it('is refused when its body is not JSON', async () => {
    expect(jsonOf(await ask('{"senderId":', { type: SEND_PARCEL }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [{ path: '', rule: 'isReadable', message: 'the body is not JSON' }],
    });
  });

  it.each(['parcels.v1.ParcelsService/DropParcel', 'parcels.v1.ParcelsService/GetParcel', 'constructor'])(
    'of %s is unknown here',
    async (type) => {
      const reply = await ask(JSON.stringify(input), { type });
      expect(reply.properties.contentType).toBe(PROBLEM_JSON);
      expect(jsonOf(reply)).toMatchObject({ status: 501, code: 'UNIMPLEMENTED', reason: 'UNKNOWN_OPERATION' });
    },
  );

  it('without a type is foreign', async () => {
    const reply = await ask(JSON.stringify(input), {});
    expect(jsonOf(reply)).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', reason: 'FOREIGN_MESSAGE' });
  });

  it('past its deadline is refused before the handler', async () => {
    const reply = await ask(JSON.stringify(input), { type: SEND_PARCEL, headers: { deadline: Date.now() - 1 } });
    expect(jsonOf(reply)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(sendParcel).not.toHaveBeenCalled();
  });

  it('whose reply nobody takes any more harms nothing', async () => {
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(input)), { type: SEND_PARCEL, replyTo: 'spec.gone' });
    await expect(parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'p1' });
  });

  it('passes guards and interceptors', async () => {
    sendParcel.mockResolvedValue({ ...sent, senderId: 'loud' });
    await expect(parcels.sendParcel(input)).resolves.toMatchObject({ parcelId: 'P1!' });
    closed = true;
    await expect(parcels.sendParcel(input)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('handed in without replyTo is handled one-way, and has the key that its sender gave it, or none', async () => {
    const keys: unknown[] = [];
    sendParcel.mockImplementation(async () => {
      keys.push(currentMessage()!.idempotencyKey?.id);
      if (keys.length === 1) throw new ServiceError('UNAVAILABLE', 'BUSY', 'busy');
      return sent;
    });
    const send = (messageId?: string) =>
      channel.sendToQueue(queue, Buffer.from(JSON.stringify(input)), { type: SEND_PARCEL, messageId });
    send('m-1');
    await expect.poll(() => keys).toEqual(['m-1', 'm-1']);
    send();
    send();
    await expect.poll(() => keys.slice(2)).toEqual([undefined, undefined]);
  });

  it('handed in without replyTo is a dead letter after the quick attempts: nothing reads a retry queue of calls', async () => {
    sendParcel.mockRejectedValue(new ServiceError('ABORTED', 'NOT_YET', 'not yet'));
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(input)), { type: SEND_PARCEL, messageId: 'm-2' });
    const dead = await take(channel, `${queue}.dead`);
    expect(dead.properties).toMatchObject({
      messageId: 'm-2',
      headers: { 'x-error-reason': 'NOT_YET', 'x-attempts': '5' },
    });
  });
});

describe("Nest's own client", () => {
  const nest = new ClientRMQ({ urls: [rabbitMqUrl()], queue, noAssert: true });
  beforeAll(() => nest.connect());
  afterAll(() => nest.close());

  it('is answered in its own form', async () => {
    const answer = firstValueFrom(nest.send(SEND_PARCEL, input));
    await expect(answer).resolves.toEqual({ ...sent, sentAt: '2026-11-01T10:00:00.000Z' });
    expect(sendParcel).toHaveBeenCalledWith(Object.assign(new SendParcelDto(), input), expect.any(String));
  });

  it('gets a problem as its error', async () => {
    const answer = firstValueFrom(nest.send(SEND_PARCEL, {}));
    await expect(answer).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT' });
    await expect(firstValueFrom(nest.send('nope', {}))).rejects.toMatchObject({ reason: 'UNKNOWN_OPERATION' });
    await expect(firstValueFrom(nest.send({ cmd: 'nope' }, {}))).rejects.toMatchObject({ reason: 'FOREIGN_MESSAGE' });
  });
});
