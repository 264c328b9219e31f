import { repeat } from './back-reference.ts';

const MAGIC = 0x184d2204;
const [HAS_BLOCK_CHECKSUMS, HAS_CONTENT_SIZE, HAS_CONTENT_CHECKSUM, HAS_DICTIONARY] = [0x10, 0x08, 0x04, 0x01];
const STORED = 0x80000000;
const MIN_MATCH = 4;

/**
 * lz4/lz4 lz4_Frame_format.md, one frame or several. Throws over `maxBytes`. Checksums are passed over: TCP and the
 * broker have checked, and Java's Kafka client wrote wrong ones for years (KAFKA-3160).
 */
export const lz4Decompress = (input: Buffer, maxBytes: number): Buffer => {
  let out: Buffer = Buffer.alloc(0);
  let written = 0;
  for (let at = 0; at < input.length;) {
    if (input.readUInt32LE(at) !== MAGIC) throw new RangeError('no LZ4 frame');
    const flags = input.readUInt8(at + 4);
    if (flags >> 6 !== 1 || flags & HAS_DICTIONARY) throw new RangeError('an LZ4 frame of an unknown kind');
    const blockBytes = 2 ** (8 + 2 * ((input.readUInt8(at + 5) >> 4) & 7)); // 4 is 64 KiB, 7 is 4 MiB
    at += 7 + (flags & HAS_CONTENT_SIZE ? 8 : 0);
    for (;;) {
      const header = input.readUInt32LE(at);
      at += 4;
      if (header === 0) break;
      const size = header % STORED;
      if (size > input.length - at) throw new RangeError('a block is cut off');
      const end = Math.min(written + blockBytes, maxBytes);
      out = roomFor(out, written, end);
      const block = input.subarray(at, at + size);
      written = header >= STORED ? store(block, out, written, end) : expand(block, out, written, end);
      at += size + (flags & HAS_BLOCK_CHECKSUMS ? 4 : 0);
    }
    at += flags & HAS_CONTENT_CHECKSUM ? 4 : 0;
  }
  return out.subarray(0, written);
};

/** lz4_Block_format.md: literals, then a match, and so on; literals at the end. Returns the new `written`. */
const expand = (block: Buffer, out: Buffer, written: number, end: number): number => {
  let at = 0;
  const lengthOf = (start: number) => {
    if (start < 15) return start;
    let [length, byte] = [start, 0];
    do {
      byte = block.readUInt8(at++);
      length += byte;
    } while (byte === 255);
    return length;
  };
  for (;;) {
    const token = block.readUInt8(at++);
    const literals = lengthOf(token >> 4);
    if (literals > block.length - at) throw new RangeError('literals are cut off');
    written = store(block.subarray(at, at + literals), out, written, end);
    at += literals;
    if (at === block.length) return written;
    const offset = block.readUInt16LE(at);
    at += 2;
    const length = MIN_MATCH + lengthOf(token & 15);
    repeat(out, written, end, { offset, length });
    written += length;
  }
};

const store = (bytes: Buffer, out: Buffer, written: number, end: number): number => {
  if (bytes.length > end - written) throw new RangeError('more data than announced or allowed');
  return written + bytes.copy(out, written);
};

/** Blocks refer to those before them, so that all are in one buffer, which grows. */
const roomFor = (out: Buffer, written: number, end: number): Buffer => {
  if (end <= out.length) return out;
  const larger = Buffer.allocUnsafe(Math.max(end, 2 * out.length));
  out.copy(larger, 0, 0, written);
  return larger;
};
