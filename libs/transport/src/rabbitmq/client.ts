import type { ConsumeMessage, Options } from 'amqplib';
import type { Operation } from '@fourfold/contracts/contract';
import { toJson } from '@fourfold/contracts/json';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { v7 as uuid } from 'uuid';
import { clientClosed, deadlineExceeded, malformedAnswer, notBound, unavailable } from '../errors.ts';
import { Malformed, parseJson } from '../pipeline/json.ts';
import { onAbort } from '../time.ts';
import type { Client, OutgoingCall } from '../transport.ts';
import { RabbitMqConnection } from './connection.ts';
import { errorOfReply } from './errors.ts';
import { writeMetadata } from './metadata.ts';
import { declareCancelExchange } from './topology.ts';

/** RabbitMQ's direct reply-to: answers come on the channel that asked, without a queue. */
const REPLY_TO = 'amq.rabbitmq.reply-to';

export interface RabbitMqClientOptions {
  /** `amqp://user:password@127.0.0.1:5672/vhost` */
  url: string;
  /** Goes in front of every queue's name. */
  prefix?: string;
  /** The name of the service that calls: AMQP `appId`. */
  source?: string;
  /** How many calls and commands may be in flight; more fail at once: 10,000. */
  maxPending?: number;
}

interface Pending {
  resolve(reply?: ConsumeMessage): void;
  reject(error: Error): void;
}

/** Calls wait for their reply, commands until the broker has them. One connection, made when first used. */
export class RabbitMqClient implements Client {
  private readonly pending = new Map<string, Pending>();
  private readonly connection: RabbitMqConnection;
  private readonly maxPending: number;
  private readonly source?: string;

  constructor({ url, prefix, source, maxPending = 10_000 }: RabbitMqClientOptions) {
    this.source = source;
    this.maxPending = maxPending;
    this.connection = new RabbitMqConnection({
      url,
      prefix,
      setUp: async (channel) => {
        await declareCancelExchange(channel, prefix);
        await channel.consume(REPLY_TO, (reply) => this.onReply(reply), { noAck: true });
      },
      lost: () => this.failAll(unavailable('the connection to the broker was lost')),
    });
  }

  /** Whether there is a connection; asking starts it. */
  isReady(): boolean {
    return this.connection.isReady();
  }

  async call(call: OutgoingCall): Promise<unknown> {
    const { operation, input, deadline } = call;
    const queue = queueOf(operation);
    const body = Buffer.from(toJson(operation.request, input));
    const reply = await this.exchange(call, async (id) => {
      await this.connection.connect();
      const timeout = deadline - Date.now();
      if (!this.pending.has(id) || timeout <= 0) return;
      const properties = this.propertiesOf(call);
      await this.connection.sendToQueue(queue, body, {
        ...properties,
        correlationId: id,
        replyTo: REPLY_TO,
        expiration: timeout,
        headers: { ...properties.headers, deadline },
      });
    });
    return answerOf(operation, reply!);
  }

  async send(call: OutgoingCall): Promise<void> {
    const queue = queueOf(call.operation);
    if (call.operation.kind !== 'command') throw notBound(call.operation.name, 'a queue of commands');
    const body = Buffer.from(toJson(call.operation.request, call.input));
    await this.exchange(call, async (id) => {
      await this.connection.connect();
      if (!this.pending.has(id)) return;
      await this.connection.sendCommand(queue, body, this.propertiesOf(call));
      this.pending.get(id)?.resolve();
    });
  }

  async close(): Promise<void> {
    this.failAll(clientClosed());
    await this.connection.close();
  }

  /** Ends with a reply, when the deadline passes, when the connection is lost, or at `close()`; whichever is first. */
  private exchange(
    { operation, deadline, signal }: OutgoingCall,
    start: (id: string) => Promise<void>,
  ): Promise<ConsumeMessage | undefined> {
    if (this.pending.size >= this.maxPending)
      return Promise.reject(unavailable(`too many calls in flight (${this.pending.size})`));
    const id = uuid();
    const { promise, resolve, reject } = Promise.withResolvers<ConsumeMessage | undefined>();
    this.pending.set(id, { resolve, reject });
    const timer = setTimeout(() => reject(deadlineExceeded(operation.name)), deadline - Date.now());
    const settled = onAbort(signal, () => {
      reject(signal!.reason as Error);
      this.cancel(operation, id);
    });
    start(id).catch(reject);
    return promise.finally(() => {
      clearTimeout(timer);
      settled();
      this.pending.delete(id);
    });
  }

  /** Tells the service that nobody waits any more. */
  private cancel({ kind, bindings }: Operation, id: string): void {
    if (kind === 'call') this.connection.publishCancel(bindings.rabbitmq!.queue, id);
  }

  private propertiesOf({ operation, idempotencyKey, metadata }: OutgoingCall): Options.Publish {
    return {
      type: operation.name,
      messageId: idempotencyKey ?? uuid(),
      appId: this.source,
      contentType: 'application/json',
      timestamp: Math.floor(Date.now() / 1000),
      headers: writeMetadata(metadata),
    };
  }

  private onReply(reply: ConsumeMessage | null): void {
    // a reply to a call that has ended is dropped: its caller has been told that the deadline has passed
    if (reply) this.pending.get(reply.properties.correlationId)?.resolve(reply);
  }

  private failAll(error: ServiceError): void {
    for (const { reject } of this.pending.values()) reject(error);
  }
}

const queueOf = ({ name, bindings: { rabbitmq } }: Operation): string => {
  if (!rabbitmq) throw notBound(name, 'RabbitMQ');
  return rabbitmq.queue;
};

const answerOf = ({ name, response }: Operation, reply: ConsumeMessage): unknown => {
  const error = errorOfReply(reply);
  if (error) throw error;
  const body = parseJson(reply.content.toString());
  if (body instanceof Malformed) throw malformedAnswer(name);
  return response.fromJSON(body);
};
