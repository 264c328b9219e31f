import { toJson } from '@fourfold/contracts/json';
import { ServiceError } from '@fourfold/contracts/service-error';
import { v7 as uuidv7 } from 'uuid';
import { deadlineExceeded, notBound } from '../errors.ts';
import { withTimeLimit } from '../time.ts';
import type { Client, OutgoingCall, OutgoingMessage } from '../transport.ts';
import { toCloudEvent } from './message.ts';
import { KafkaProducer } from './producer.ts';
import type { KafkaPublisherOptions } from './publisher.ts';

/** Hands operations in one-way, on the topic that their contract binds; nobody answers. */
export class KafkaClient implements Client {
  private readonly producer: KafkaProducer;
  private readonly source: string;

  constructor({ source, clientId = source, ...connection }: KafkaPublisherOptions) {
    this.producer = new KafkaProducer(connection, clientId);
    this.source = source;
  }

  async send({ operation, input, deadline, metadata, idempotencyKey }: OutgoingCall): Promise<void> {
    const { name, request, bindings } = operation;
    if (!bindings.kafka) throw notBound(name, 'Kafka');
    if (deadline <= Date.now()) throw deadlineExceeded(name);
    const message: OutgoingMessage = {
      id: idempotencyKey ?? uuidv7(),
      kind: 'command',
      type: name,
      destination: bindings.kafka.topic,
      key: '',
      body: toJson(request, input),
      metadata,
      createdAt: new Date(),
    };
    await withTimeLimit(
      this.producer.send([{ topic: message.destination, message: toCloudEvent(message, this.source) }]),
      deadline - Date.now(),
    ).catch((thrown: unknown) => {
      throw thrown instanceof ServiceError ? thrown : deadlineExceeded(name);
    });
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}
