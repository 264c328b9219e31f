import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { KafkaError } from '../errors.ts';
import { crc32c } from '../wire/crc32c.ts';
import { Reader } from '../wire/reader.ts';

/*
  RecordBatch (magic 2, kafka.apache.org/documentation/#recordbatch) =>
    base_offset => INT64                 at 0
    batch_length => INT32                at 8, of what follows
    partition_leader_epoch => INT32      at 12
    magic => INT8                        at 16
    crc => UINT32                        at 17, CRC-32C of what follows
    attributes => INT16                  at 21: bits 0-2 codec, 3 append time, 4 transactional, 5 control
    last_offset_delta => INT32           at 23
    base_timestamp => INT64              at 27
    max_timestamp => INT64               at 35
    producer_id => INT64                 at 43
    producer_epoch => INT16              at 51
    base_sequence => INT32               at 53
    records => [Record]                  at 57, the elements compressed as one
*/
const CRC = 17;
const ATTRIBUTES = 21;
const MAX_TIMESTAMP = 35;
const RECORDS = 61;

const CODEC = 0b111;
const APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const GZIP = 1;
export const ZSTD = 4;

/** Most bytes that one batch may decompress to; only its timestamps are read. */
const MAX_DECOMPRESSED = 64 * 1024 * 1024;

/** A record's offset and timestamp. */
export interface TimestampedOffset {
  offset: bigint;
  timestamp: bigint;
}

/** A record batch: the producer's bytes, with the fields that a broker sets. */
export class RecordBatch {
  readonly bytes: Buffer;
  baseOffset = 0n;

  private constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** A copy of the one batch that a Produce request has per partition. Throws INVALID_RECORD or CORRUPT_MESSAGE. */
  static from(records: Buffer | null): RecordBatch {
    if (!records || records.length < RECORDS) throw new KafkaError('INVALID_RECORD', 'the record batch is missing');
    const size = records.readInt32BE(8) + 12;
    if (records.readInt8(16) !== 2)
      throw new KafkaError('INVALID_RECORD', 'only record batches of magic 2 are supported');
    if (size !== records.length) throw new KafkaError('INVALID_RECORD', 'there must be exactly one record batch');
    const batch = new RecordBatch(Buffer.from(records));
    if (batch.#checksum() !== batch.bytes.readUInt32BE(CRC))
      throw new KafkaError('CORRUPT_MESSAGE', 'the checksum of the record batch is wrong');
    if (batch.isControl) throw new KafkaError('INVALID_RECORD', 'clients may not write control records');
    if (batch.bytes.readInt32BE(57) !== batch.lastOffsetDelta + 1)
      throw new KafkaError('INVALID_RECORD', 'the number of records is not that of its offsets');
    return batch;
  }

  get codec(): number {
    return this.#attributes & CODEC;
  }

  get isTransactional(): boolean {
    return (this.#attributes & TRANSACTIONAL) !== 0;
  }

  get isControl(): boolean {
    return (this.#attributes & CONTROL) !== 0;
  }

  get lastOffsetDelta(): number {
    return this.bytes.readInt32BE(23);
  }

  get lastOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta);
  }

  get maxTimestamp(): bigint {
    return this.bytes.readBigInt64BE(MAX_TIMESTAMP);
  }

  /** -1 if the producer is not idempotent. */
  get producerId(): bigint {
    return this.bytes.readBigInt64BE(43);
  }

  get producerEpoch(): number {
    return this.bytes.readInt16BE(51);
  }

  get baseSequence(): number {
    return this.bytes.readInt32BE(53);
  }

  /** Sets the fields that the log decides; the checksum covers neither. */
  place(baseOffset: bigint, leaderEpoch: number): void {
    this.baseOffset = baseOffset;
    this.bytes.writeBigInt64BE(baseOffset, 0);
    this.bytes.writeInt32BE(leaderEpoch, 12);
  }

  /** For topics with message.timestamp.type=LogAppendTime. */
  stamp(appendTime: bigint): void {
    this.bytes.writeInt16BE(this.#attributes | APPEND_TIME, ATTRIBUTES);
    this.bytes.writeBigInt64BE(appendTime, MAX_TIMESTAMP);
    this.bytes.writeUInt32BE(this.#checksum(), CRC);
  }

  /** Which of its records are at or after `timestamp`; the first if it cannot be decompressed (snappy, lz4). */
  indexesSince(timestamp: bigint): number[] {
    try {
      return [...this.#records].flatMap((record, index) => (record.timestamp >= timestamp ? [index] : []));
    } catch {
      return [0];
    }
  }

  /** The first record at or after `timestamp`; the batch's first record if it cannot be decompressed (snappy, lz4). */
  firstSince(timestamp: bigint): TimestampedOffset | undefined {
    if (this.maxTimestamp < timestamp) return undefined;
    if (this.#attributes & APPEND_TIME) return { offset: this.baseOffset, timestamp: this.maxTimestamp };
    try {
      return this.#records.find((record) => record.timestamp >= timestamp);
    } catch {
      return { offset: this.baseOffset, timestamp: this.#baseTimestamp };
    }
  }

  get #baseTimestamp(): bigint {
    return this.bytes.readBigInt64BE(27);
  }

  get #records(): Generator<TimestampedOffset> {
    return recordsOf(this.#decompress(), this.baseOffset, this.#baseTimestamp);
  }

  get #attributes(): number {
    return this.bytes.readInt16BE(ATTRIBUTES);
  }

  #checksum(): number {
    return crc32c(this.bytes.subarray(ATTRIBUTES));
  }

  #decompress(): Buffer {
    const records = this.bytes.subarray(RECORDS);
    const limit = { maxOutputLength: MAX_DECOMPRESSED };
    if (this.codec === GZIP) return gunzipSync(records, limit);
    if (this.codec === ZSTD) return zstdDecompressSync(records, limit);
    if (this.codec === 0) return records;
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE');
  }
}

/*
  Record => length attributes timestamp_delta offset_delta key_length key value_length value [Header]
    length => VARINT, of what follows
    attributes => INT8
    timestamp_delta => VARLONG
    offset_delta => VARINT
*/
function* recordsOf(records: Buffer, baseOffset: bigint, baseTimestamp: bigint): Generator<TimestampedOffset> {
  const reader = new Reader(records);
  while (reader.remaining > 0) {
    const length = Number(reader.varlong());
    const end = reader.remaining - length;
    reader.skip(1);
    const timestamp = baseTimestamp + reader.varlong();
    yield { offset: baseOffset + reader.varlong(), timestamp };
    reader.skip(reader.remaining - end);
  }
}
