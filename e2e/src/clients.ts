/** Clients as anybody would write them: they use nothing of this repository but addresses. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync, type PackageDefinition } from '@grpc/proto-loader';
import amqp, { type Channel, type ConsumeMessage, type Options } from 'amqplib';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { expect, vi } from 'vitest';
import { addresses } from './addresses.ts';

const require = createRequire(import.meta.url);
const { Kafka, logLevel, Partitioners } = kafkajs;

export const withChannel = async <T>(use: (channel: Channel) => Promise<T>): Promise<T> => {
  const connection = await amqp.connect(addresses().rabbitmq!);
  try {
    return await use(await connection.createChannel());
  } finally {
    await connection.close();
  }
};

/** Sends a request and resolves to its reply, over RabbitMQ's direct reply-to. */
export const rabbitCall = (queue: string, body: string, options: Options.Publish): Promise<ConsumeMessage> =>
  withChannel(async (channel) => {
    const answer = Promise.withResolvers<ConsumeMessage>();
    await channel.consume('amq.rabbitmq.reply-to', (message) => message && answer.resolve(message), { noAck: true });
    const correlationId = randomUUID();
    channel.sendToQueue(queue, Buffer.from(body), { replyTo: 'amq.rabbitmq.reply-to', correlationId, ...options });
    const message = await answer.promise;
    if (message.properties.correlationId !== correlationId) throw new Error('this is the reply to another call');
    return message;
  });

const kafka = () => new Kafka({ brokers: [addresses().kafka!], logLevel: logLevel.NOTHING });

export const produce = async (
  topic: string,
  value: unknown,
  headers: Record<string, string>,
  key?: string,
): Promise<Produced> => {
  const producer = kafka().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const attributes = { ce_specversion: '1.0', ce_source: 'e2e', ...headers };
  const [sent] = await producer.send({
    topic,
    messages: [{ key: key ?? null, value: JSON.stringify(value), headers: attributes }],
  });
  await producer.disconnect();
  return { topic, partition: sent!.partition, offset: BigInt(sent!.baseOffset!) };
};

/** Where a message was stored. */
export interface Produced {
  topic: string;
  partition: number;
  offset: bigint;
}

/** Resolves when a group has committed the offset after a message. */
export const untilCommitted = async (groupId: string, { topic, partition, offset }: Produced): Promise<void> => {
  const admin = kafka().admin();
  await admin.connect();
  const isDone = async () => {
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(BigInt(committed!.partitions.find((one) => one.partition === partition)!.offset)).toBeGreaterThan(offset);
  };
  await vi.waitFor(isDone, { timeout: 15_000, interval: 100 }).finally(() => admin.disconnect());
};

/** The first message of a topic that `matches`, read from the beginning. */
export const firstOf = async (topic: string, matches: (message: KafkaMessage) => boolean): Promise<KafkaMessage> => {
  const consumer = kafka().consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const found = Promise.withResolvers<KafkaMessage>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void (matches(message) && found.resolve(message)) });
  return found.promise.finally(() => consumer.disconnect());
};

/** A client of a service that is described by gRPC reflection alone. */
export const reflect = async (target: string, service: string): Promise<grpc.Client> => {
  const { fileDescriptorResponse } = await askReflection(target, { fileContainingSymbol: service });
  const set = setOf(fileDescriptorResponse.fileDescriptorProto);
  return clientOf(loadFileDescriptorSetFromBuffer(set, { enums: String, defaults: true }), service, target);
};

/** The full names of the services that gRPC reflection lists. */
export const servicesOf = async (target: string): Promise<string[]> => {
  const { listServicesResponse } = await askReflection(target, { listServices: '' });
  return listServicesResponse.service.map(({ name }: { name: string }) => name);
};

const askReflection = async (target: string, request: object): Promise<any> => {
  const folder = dirname(require.resolve('@grpc/reflection/package.json'));
  const proto = join(folder, 'build/proto/grpc/reflection/v1/reflection.proto');
  const reflection: any = clientOf(loadSync(proto), 'grpc.reflection.v1.ServerReflection', target);
  try {
    return await new Promise((resolve, reject) => {
      const call = reflection.ServerReflectionInfo();
      call.on('error', reject);
      call.on('data', (answer: any) => {
        if (answer.errorResponse) reject(new Error(answer.errorResponse.errorMessage));
        else resolve(answer);
        call.end();
      });
      call.write(request);
    });
  } finally {
    reflection.close();
  }
};

/** A client of grpc.health.v1. */
export const healthOf = (target: string): grpc.Client => {
  const folder = dirname(require.resolve('grpc-health-check/package.json'));
  return clientOf(
    loadSync(join(folder, 'proto/health/v1/health.proto'), { enums: String }),
    'grpc.health.v1.Health',
    target,
  );
};

export const unary = (
  client: any,
  method: string,
  request: object,
  headers: Record<string, string> = {},
): Promise<any> => {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve, reject) =>
    client[method](
      request,
      metadata,
      { deadline: Date.now() + 5000 },
      (error: grpc.ServiceError | null, answer: unknown) => (error ? reject(error) : resolve(answer)),
    ),
  );
};

const clientOf = (definition: PackageDefinition, service: string, target: string): grpc.Client => {
  const loaded = grpc.loadPackageDefinition(definition);
  const Client: any = service.split('.').reduce((scope: any, name) => scope[name], loaded);
  return new Client(target, grpc.credentials.createInsecure());
};

/** google.protobuf.FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
const setOf = (files: Buffer[]): Buffer =>
  Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]));

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)]);
