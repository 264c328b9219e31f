import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs, { type CompressionTypes as CompressionType, type ICustomPartitioner } from 'kafkajs';
import { lz4Decompress } from './compression/lz4.ts';
import { snappyDecompress } from './compression/snappy.ts';

// Node finds only some names of this CommonJS module: CompressionCodecs is none of them
const { CompressionCodecs, CompressionTypes, Partitioners } = kafkajs;

/**
 * The partition of a message, chosen once. When a request fails in part, kafkajs asks again for the whole batch: a
 * message without key could then land on a partition that counts as done, and be lost while the promise resolves.
 * Keys go where the Java client puts them (murmur2).
 */
export const stablePartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<object, number>();
  return (place) => {
    const partition = chosen.get(place.message) ?? choose(place);
    chosen.set(place.message, partition);
    return partition;
  };
};

/**
 * kafkajs 2.2.4 re-arms a timer on every connection for ever, even with nothing to send: 4 % of a core when idle, and a
 * TimeoutNegativeWarning on Node 24 (tulios/kafkajs#1556, #1704, #1751). Does nothing where kafkajs looks otherwise.
 */
export const stopIdleSpin = (): void => {
  const queue = requestQueue();
  const schedule = queue?.scheduleCheckPendingRequests;
  if (!queue || !schedule || patched.has(schedule)) return;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length || this.throttledUntil > Date.now()) schedule.call(this);
  };
  patched.add(queue.scheduleCheckPendingRequests);
};

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests?: () => void;
}
const patched = new WeakSet<object>();

const requestQueue = (): RequestQueue | undefined => {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js').prototype;
  } catch {
    return undefined; // bundled, or another version
  }
};

/** What a batch may become: brokers take 1 MiB of it compressed. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/**
 * kafkajs knows only gzip: a consumer stops for ever at a batch that is compressed otherwise (kafkajs docs, Compression).
 * snappy and LZ4 are read only. Leaves alone what the application has put in.
 */
export const addCodecs = (): void => {
  addCodec('ZSTD', {
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (bytes) => promisify(zstdDecompress)(bytes, { maxOutputLength: MAX_DECOMPRESSED_BYTES }),
  });
  addCodec('Snappy', { decompress: (bytes) => snappyDecompress(bytes, MAX_DECOMPRESSED_BYTES) });
  addCodec('LZ4', { decompress: (bytes) => lz4Decompress(bytes, MAX_DECOMPRESSED_BYTES) });
};

/** kafkajs's own. `compress` gets its encoder. */
interface Codec {
  compress?: (encoder: { buffer: Buffer }) => Promise<Buffer>;
  decompress: (bytes: Buffer) => Buffer | Promise<Buffer>;
}

const addCodec = (name: 'ZSTD' | 'Snappy' | 'LZ4', { compress, decompress }: Codec): void => {
  const type = CompressionTypes[name];
  if (isThere(type)) return;
  const codec = {
    compress: compress ?? (() => Promise.reject(new Error(`${name} is read, not written`))),
    decompress: (bytes: Buffer) =>
      (async () => decompress(bytes))().catch(({ message }: Error) => {
        // without a cause: logs say what is at the bottom, and that names no batch
        throw new Error(`a batch compressed with ${name} cannot be read: ${message}`);
      }),
  };
  CompressionCodecs[type] = () => codec;
};

const isThere = (type: Exclude<CompressionType, CompressionType.None>): boolean => {
  try {
    return Boolean(CompressionCodecs[type]());
  } catch {
    return false; // kafkajs's placeholder throws
  }
};
