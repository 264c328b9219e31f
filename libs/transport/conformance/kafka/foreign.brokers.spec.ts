import { createRequire } from 'node:module';
import { zstdCompressSync } from 'node:zlib';
import { Controller } from '@nestjs/common';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parcelDelivered, ParcelDeliveredDto } from '@fourfold/testing/parcels';
import { Input } from '../../src/handlers/input.ts';
import { On } from '../../src/handlers/on.ts';
import { addCodecs } from '../../src/kafka/kafkajs-fixes.ts';
import { hearRaw, rawKafka, type RunningService, startService, uniquePrefix } from './service.fixture.ts';

type Compress = (encoder: { buffer: Buffer }) => Promise<Buffer>;
/** What kafkajs writes records with. */
const Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder.js');
const producer = rawKafka().producer();
const running: RunningService[] = [];
let prefix: string;
let topic: string;
let heard: string[];

@Controller()
class Subscriber {
  @On(parcelDelivered) delivered(@Input() { parcelId }: ParcelDeliveredDto) {
    heard.push(parcelId);
  }
}

beforeAll(() => producer.connect());
afterAll(() => producer.disconnect());
beforeEach(() => {
  [prefix, heard] = [uniquePrefix(), []];
  topic = `${prefix}${parcelDelivered.topic}`;
});
afterEach(() => Promise.all(running.splice(0).map(({ app }) => app.close())));

const start = async () => {
  const service = await startService([Subscriber], {
    prefix,
    group: 'tracking',
    retries: { attempts: 2, delays: [] },
    drainTimeout: 500,
  });
  running.push(service);
  return service.server;
};
const value = (parcelId: string) => JSON.stringify({ parcelId, senderId: 'c-1' });

/** One message, whose records `compress` writes as it likes. */
const send = async (type: Exclude<CompressionTypes, CompressionTypes.None>, compress: Compress, parcelId: string) => {
  addCodecs();
  const codec = CompressionCodecs[type];
  CompressionCodecs[type] = () => ({ ...codec(), compress });
  try {
    const message = { key: '1', partition: 0, value: value(parcelId), headers: { ce_type: parcelDelivered.type } };
    await producer.send({ topic, compression: type, messages: [message] });
  } finally {
    CompressionCodecs[type] = codec;
  }
};

describe('a compressed batch', () => {
  /** All of it one literal: snappy's length, its tag with two bytes of length, the records. */
  const snappy: Compress = async ({ buffer: { length }, buffer }) =>
    Buffer.concat([
      Buffer.from([(length & 127) | 128, length >> 7, 61 << 2, (length - 1) & 255, (length - 1) >> 8]),
      buffer,
    ]);
  /** A frame of one stored block; 0x82 is the header's checksum, which the broker checks. */
  const lz4: Compress = async ({ buffer }) =>
    Buffer.concat([
      Buffer.from('04224d18604082', 'hex'),
      Buffer.from(Uint32Array.of(0x80000000 + buffer.length).buffer),
      buffer,
      Buffer.alloc(4),
    ]);
  const zstd: Compress = async ({ buffer }) => zstdCompressSync(buffer);

  it.each([
    ['snappy', CompressionTypes.Snappy, snappy],
    ['LZ4', CompressionTypes.LZ4, lz4],
    ['zstd', CompressionTypes.ZSTD, zstd],
  ] as const)('is heard: %s', async (name, type, compress) => {
    const server = await start();
    await send(type, compress, name);
    await expect.poll(() => heard).toEqual([name]);
    expect(server.isReady()).toBe(true);
  });
});

describe('a message with null headers', () => {
  /** A batch of one record by hand: kafkajs cannot write null. */
  const withNulls =
    (parcelId: string, ...names: string[]): Compress =>
    async () => {
      const headers = [['ce_type', parcelDelivered.type], ...names.map((name) => [name, null])];
      const given = new Map(headers as [string, string | null][]);
      const record = new Encoder().writeInt8(0).writeVarLong(0).writeVarInt(0);
      record
        .writeVarIntBytes(Buffer.from('1'))
        .writeVarIntBytes(Buffer.from(value(parcelId)))
        .writeVarInt(given.size);
      for (const [name, text] of given) record.writeVarIntString(name).writeVarIntBytes(text);
      return zstdCompressSync(new Encoder().writeVarInt(record.size()).writeEncoder(record).buffer);
    };

  it('is heard when they are none of ours', async () => {
    const server = await start();
    await send(CompressionTypes.ZSTD, withNulls('p-1', 'zz'), 'p-1');
    await expect.poll(() => heard).toEqual(['p-1']);
    expect(server.isReady()).toBe(true);
  });

  it('becomes a dead letter, where it stopped all that came after it', async () => {
    const server = await start();
    await send(CompressionTypes.ZSTD, withNulls('p-1', 'ce_type', 'zz'), 'p-1');
    await send(CompressionTypes.ZSTD, async ({ buffer }) => zstdCompressSync(buffer), 'p-2');
    await expect.poll(() => heard).toEqual(['p-2']);
    const { heard: dead, stop } = await hearRaw(`${topic}.tracking.dead`);
    await expect.poll(() => dead).toHaveLength(1);
    await stop();
    expect(dead[0]!.value!.toString()).toBe(value('p-1'));
    expect(dead[0]!.text).toMatchObject({ ce_type: '', zz: '', 'x-error-reason': 'FOREIGN_MESSAGE' });
    expect(server.isReady()).toBe(true);
  });
});

describe('a dead letter that Kafka does not take', () => {
  const startWithLimit = async (bytes: string) => {
    const admin = rawKafka().admin();
    await admin.connect();
    const configEntries = [{ name: 'max.message.bytes', value: bytes }];
    await admin.createTopics({ topics: [{ topic: `${topic}.tracking.dead`, configEntries }] });
    await admin.disconnect();
    return start();
  };
  const poison = { key: '1', value: 'no JSON', headers: { ce_type: parcelDelivered.type, big: 'x'.repeat(2000) } };

  it('makes the service unready', async () => {
    const server = await startWithLimit('10');
    await producer.send({ topic, messages: [poison] });
    await expect.poll(() => server.isReady()).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(server.isReady()).toBe(false);
  });

  it('is written without the headers that it came with', async () => {
    const server = await startWithLimit('1000');
    await producer.send({ topic, messages: [poison, { ...poison, value: value('p-2') }] });
    await expect.poll(() => heard).toEqual(['p-2']);
    const { heard: dead, stop } = await hearRaw(`${topic}.tracking.dead`);
    await expect.poll(() => dead).toHaveLength(1);
    await stop();
    expect(dead[0]!.key!.toString()).toBe('1');
    expect(dead[0]!.value!.toString()).toBe('no JSON');
    expect(Object.keys(dead[0]!.text)).toEqual([
      'x-dead-at',
      'x-error-code',
      'x-error-reason',
      'x-error-message',
      'x-attempts',
      'x-origin',
      'traceparent',
    ]);
    await expect.poll(() => server.isReady()).toBe(true);
  });
});
