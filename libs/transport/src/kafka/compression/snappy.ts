import { repeat } from './back-reference.ts';

/** In front of what snappy-java writes: blocks, each after its length. */
const XERIAL = Buffer.from('\x82SNAPPY\x00', 'latin1');
const XERIAL_HEADER = 16; // with two version numbers

/** google/snappy format_description.txt, bare (librdkafka) or in xerial's frames (Java). Throws over `maxBytes`. */
export const snappyDecompress = (input: Buffer, maxBytes: number): Buffer => {
  if (!input.subarray(0, XERIAL.length).equals(XERIAL)) return blockOf(input, maxBytes);
  const blocks: Buffer[] = [];
  let size = 0;
  for (let at = XERIAL_HEADER; at < input.length;) {
    const length = input.readUInt32BE(at);
    at += 4;
    if (length > input.length - at) throw new RangeError('a block is cut off');
    const block = blockOf(input.subarray(at, at + length), maxBytes - size);
    blocks.push(block);
    size += block.length;
    at += length;
  }
  return Buffer.concat(blocks);
};

/** The length of the data as a varint, then literals and copies. */
const blockOf = (input: Buffer, maxBytes: number): Buffer => {
  const { length, next } = varint(input);
  if (length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
  const out = Buffer.allocUnsafe(length);
  let written = 0;
  for (let at = next; at < input.length;) {
    const tag = input[at++]!;
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const size = 1 + (extra ? input.readUIntLE(at, extra) : tag >> 2);
      at += extra;
      if (size > input.length - at || size > length - written) throw new RangeError('a literal is cut off');
      input.copy(out, written, at, at + size);
      at += size;
      written += size;
    } else {
      const copy = copyOf(tag, input, at);
      repeat(out, written, length, copy);
      at += copy.bytes;
      written += copy.length;
    }
  }
  if (written < length) throw new RangeError('less data than announced');
  return out;
};

/** The three forms of a copy: offsets of 11, 16 and 32 bits. */
const copyOf = (tag: number, input: Buffer, at: number): { offset: number; length: number; bytes: number } => {
  if ((tag & 3) === 1)
    return { length: 4 + ((tag >> 2) & 7), offset: ((tag >> 5) << 8) | input.readUInt8(at), bytes: 1 };
  const bytes = (tag & 3) === 2 ? 2 : 4;
  return { length: 1 + (tag >> 2), offset: input.readUIntLE(at, bytes), bytes };
};

const varint = (input: Buffer): { length: number; next: number } => {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = input.readUInt8(at);
    length += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) return { length, next: at + 1 };
  }
  throw new RangeError('a length of more than 32 bits');
};
