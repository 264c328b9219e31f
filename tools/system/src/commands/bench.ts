/** `npm run bench`: compares embedded and native brokers in interleaved rounds: start-up time, memory, messages per second of raw clients. */
import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import amqp from 'amqplib';
import kafkajs from 'kafkajs';
import { freshAllocation } from '../allocation.ts';
import { EmbeddedBrokersProvider } from '../providers/embedded-brokers.provider.ts';
import { NativeKafkaProvider } from '../providers/native-kafka.provider.ts';
import { NativeRabbitmqProvider } from '../providers/native-rabbitmq.provider.ts';
import type { Provider } from '../providers/provider.ts';
import type { Servers } from '../system.ts';

const { Kafka, logLevel, Partitioners } = kafkajs;
const MESSAGES = 10_000;
const ROUNDS = 5;
const BODY = Buffer.from(JSON.stringify({ orderId: randomUUID(), text: 'x'.repeat(200) }));

interface Subject {
  name: string;
  providers: Provider[];
  servers: Servers;
  startMs: number;
}

const { context: embeddedContext } = await freshAllocation([]);
const { context: nativeContext } = await freshAllocation([]);
const subjects = [
  await started('embedded', [new EmbeddedBrokersProvider(embeddedContext)]),
  await started('native', [new NativeRabbitmqProvider(nativeContext), new NativeKafkaProvider(nativeContext)]),
];
const rates: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS; round++)
  for (const { name, servers } of round % 2 ? subjects.toReversed() : subjects) {
    (rates[`AMQP ${name}`] ??= []).push(await amqpRate(servers.rabbitmq!));
    (rates[`Kafka ${name}`] ??= []).push(await kafkaRate(servers.kafka!));
  }
for (const { name, startMs } of subjects) console.log(`${name}: up in ${Math.round(startMs)} ms`);
console.log(`embedded: ${memoryOf('embedded-brokers/src/main.ts')} MB resident after the rounds`);
for (const [what, of] of Object.entries(rates))
  console.log(`${what}: ${Math.round(median(of))} messages/s, sent and consumed`);
for (const protocol of ['AMQP', 'Kafka']) {
  const ratios = rates[`${protocol} embedded`]!.map((rate, round) => rate / rates[`${protocol} native`]![round]!);
  console.log(`${protocol}: embedded is x${median(ratios).toFixed(2)} of native (${ROUNDS} paired rounds)`);
}
for (const { providers } of subjects) await Promise.all(providers.map((provider) => provider.stop()));
for (const { folder } of [embeddedContext, nativeContext]) await rm(folder, { recursive: true, force: true });
process.exit(0);

async function started(name: string, providers: Provider[]): Promise<Subject> {
  const began = performance.now();
  const servers = await Promise.all(providers.map((provider) => provider.start()));
  return { name, providers, servers: Object.assign({}, ...servers), startMs: performance.now() - began };
}

/** Messages per second: persistent, with confirms, through a quorum queue to one consumer that acknowledges. */
async function amqpRate(url: string): Promise<number> {
  const connection = await amqp.connect(url);
  const channel = await connection.createConfirmChannel();
  const queue = `bench-${randomUUID()}`;
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.prefetch(200);
  const all = Promise.withResolvers<void>();
  let left = MESSAGES;
  await channel.consume(queue, (message) => {
    if (!message) return; // the queue was deleted
    channel.ack(message);
    if (!--left) all.resolve();
  });
  const began = performance.now();
  for (let sent = 0; sent < MESSAGES; sent++) channel.sendToQueue(queue, BODY, { persistent: true });
  await Promise.all([channel.waitForConfirms(), all.promise]);
  const rate = MESSAGES / ((performance.now() - began) / 1000);
  await channel.deleteQueue(queue);
  await connection.close();
  return rate;
}

/** Messages per second: batches of 500 with acks=all, to one consumer of three partitions. */
async function kafkaRate(brokers: string): Promise<number> {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const topic = `bench-${randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 3 }] });
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 50 });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  const all = Promise.withResolvers<void>();
  let left = MESSAGES;
  const eachBatch = async ({ batch }: { batch: { messages: unknown[] } }) => {
    left -= batch.messages.length;
    if (left <= 0) all.resolve();
  };
  await consumer.run({ eachBatch });
  await joined;
  const began = performance.now();
  for (let sent = 0; sent < MESSAGES; sent += 500)
    await producer.send({
      topic,
      acks: -1,
      messages: Array.from({ length: 500 }, () => ({ key: randomUUID(), value: BODY })),
    });
  await all.promise;
  const rate = MESSAGES / ((performance.now() - began) / 1000);
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  return rate;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Resident megabytes of the process whose command line contains `part`. */
function memoryOf(part: string): number {
  const lines = execFileSync('ps', ['-eo', 'rss,args'], { encoding: 'utf8' }).split('\n');
  const line = lines.find((one) => one.includes(`${part} --`) || one.includes(`${part} `)) ?? '0';
  return Math.round(Number.parseInt(line) / 1024);
}
