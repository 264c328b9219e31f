/** Clients as anybody would write them: nothing of ours but addresses. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync, type PackageDefinition } from '@grpc/proto-loader';
import amqp, { type Channel, type ConsumeMessage, type Options } from 'amqplib';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { addresses } from './shop.ts';

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

/** Request and reply by direct reply-to. */
export const rabbitCall = (queue: string, body: string, options: Options.Publish): Promise<ConsumeMessage> =>
  withChannel(async (channel) => {
    const answer = Promise.withResolvers<ConsumeMessage>();
    await channel.consume('amq.rabbitmq.reply-to', (message) => message && answer.resolve(message), { noAck: true });
    const correlationId = randomUUID();
    channel.sendToQueue(queue, Buffer.from(body), { replyTo: 'amq.rabbitmq.reply-to', correlationId, ...options });
    const message = await answer.promise;
    if (message.properties.correlationId !== correlationId) throw new Error('the answer to another call');
    return message;
  });

const kafka = () => new Kafka({ brokers: [addresses().kafka!], logLevel: logLevel.NOTHING });

export const produce = async (
  topic: string,
  value: unknown,
  headers: Record<string, string>,
  key?: string,
): Promise<void> => {
  const producer = kafka().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const attributes = { ce_specversion: '1.0', ce_source: 'e2e', ...headers };
  await producer.send({ topic, messages: [{ key: key ?? null, value: JSON.stringify(value), headers: attributes }] });
  await producer.disconnect();
};

/** The first message of a topic, from its beginning on, that `matches`. */
export const firstOf = async (topic: string, matches: (message: KafkaMessage) => boolean): Promise<KafkaMessage> => {
  const consumer = kafka().consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const found = Promise.withResolvers<KafkaMessage>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void (matches(message) && found.resolve(message)) });
  return found.promise.finally(() => consumer.disconnect());
};

/** A client of a service by what the server itself says of it: gRPC reflection, nothing else. */
export const reflect = async (target: string, service: string): Promise<grpc.Client> => {
  const proto = join(
    dirname(require.resolve('@grpc/reflection/package.json')),
    'build/proto/grpc/reflection/v1/reflection.proto',
  );
  const reflection: any = clientOf(loadSync(proto), 'grpc.reflection.v1.ServerReflection', target);
  const files: Buffer[] = await new Promise((resolve, reject) => {
    const call = reflection.ServerReflectionInfo();
    call.on('error', reject);
    call.on('data', ({ fileDescriptorResponse, errorResponse }: any) => {
      if (errorResponse) reject(new Error(errorResponse.errorMessage));
      else resolve(fileDescriptorResponse.fileDescriptorProto);
      call.end();
    });
    call.write({ fileContainingSymbol: service });
  });
  reflection.close();
  return clientOf(loadFileDescriptorSetFromBuffer(setOf(files), { enums: String, defaults: true }), service, target);
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

export const unary = (client: any, method: string, request: object): Promise<any> =>
  new Promise((resolve, reject) =>
    client[method](request, { deadline: Date.now() + 5000 }, (error: grpc.ServiceError | null, answer: unknown) =>
      error ? reject(error) : resolve(answer),
    ),
  );

const clientOf = (definition: PackageDefinition, service: string, target: string): grpc.Client => {
  const loaded = grpc.loadPackageDefinition(definition);
  const Client: any = service.split('.').reduce((scope: any, name) => scope[name], loaded);
  return new Client(target, grpc.credentials.createInsecure());
};

/** google.protobuf.FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
const setOf = (files: Buffer[]): Buffer =>
  Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a, ...varint(file.length)]), file]));

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)]);
