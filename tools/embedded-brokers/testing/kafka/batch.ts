import { crc32c } from '../../src/kafka/wire/crc32c.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';

/** A record batch of magic 2 that is not compressed; each record has a value and a timestamp, and no key. */
export function batchOf(...records: readonly (readonly [value: string, timestamp: number])[]): Buffer {
  const timestamps = records.map(([, timestamp]) => timestamp);
  const covered = new Writer()
    .int16(0)
    .int32(records.length - 1)
    .int64(BigInt(timestamps[0]!))
    .int64(BigInt(Math.max(...timestamps)))
    .int64(-1n)
    .int16(-1)
    .int32(-1)
    .int32(records.length);
  records.forEach(([value, timestamp], at) => covered.raw(recordOf(value, timestamp - timestamps[0]!, at)));
  const content = covered.finish();
  const writer = new Writer().int64(0n).int32(content.length + 9);
  return writer
    .int32(-1)
    .int8(2)
    .int32(crc32c(content) | 0)
    .raw(content)
    .finish();
}

function recordOf(value: string, timestamp: number, offset: number): Buffer {
  const text = Buffer.from(value);
  const record = new Writer().int8(0);
  for (const number of [timestamp, offset, -1, text.length]) record.unsignedVarint(zigzag(number));
  const content = record.raw(text).unsignedVarint(0).finish();
  return new Writer().unsignedVarint(zigzag(content.length)).raw(content).finish();
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
