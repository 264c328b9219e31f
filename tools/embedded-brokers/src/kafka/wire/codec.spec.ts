import { describe, expect, it } from 'vitest';
import { HangUp } from '../errors.ts';
import { crc32c } from './crc32c.ts';
import { framesOf, MAX_FRAME } from './frames.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

describe('Reader and Writer', () => {
  it('grow for any field', () => {
    const field = (w: Writer) =>
      w.unsignedVarint(300).int8(1).int16(2).int32(3).int64(4n).string('5').bytes(Buffer.from('6'));
    const whole = field(new Writer()).finish();
    for (let filled = 200; filled < 260; filled++) {
      const writer = new Writer();
      for (let n = 0; n < filled; n++) writer.int8(0);
      expect(field(writer).finish().subarray(filled)).toEqual(whole);
    }
  });

  it('decode zigzag numbers', () => {
    const read = (...bytes: number[]) => new Reader(Buffer.from(bytes)).varlong();
    expect([read(0), read(1), read(2), read(0x80, 0x02), read(0x81, 0x02)]).toEqual([0n, -1n, 1n, 128n, -129n]);
    expect(read(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)).toBe(-(2n ** 63n));
  });

  it.each([
    ['a truncated number', (reader: Reader) => reader.int64(), [0, 0, 0]],
    ['an endless varint', (reader: Reader) => reader.unsignedVarint(), Array(9).fill(0xff)],
  ])('throw HangUp for %s', (_, read, bytes) => {
    expect(() => read(new Reader(Buffer.from(bytes)))).toThrow(HangUp);
  });
});

describe('crc32c', () => {
  // RFC 3720, appendix B.4
  it.each([
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
  ])('matches the RFC', (bytes, expected) => expect(crc32c(bytes)).toBe(expected));
});

describe('framesOf', () => {
  const read = async (...chunks: Buffer[]) => {
    async function* socket() {
      yield* chunks;
    }
    const frames: string[] = [];
    for await (const frame of framesOf(socket())) frames.push(frame.toString());
    return frames;
  };
  const frame = (text: string) => new Writer().bytes(Buffer.from(text)).finish();
  const announce = (size: number) => new Writer().int32(size).finish();

  it('finds messages in chunks of any size', async () => {
    const bytes = Buffer.concat([frame('one'), frame(''), frame('three')]);
    for (let size = 1; size <= bytes.length; size++) {
      const count = Math.ceil(bytes.length / size);
      const chunks = Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
      expect(await read(...chunks)).toEqual(['one', '', 'three']);
    }
  });

  it('throws HangUp for invalid sizes and truncated messages', async () => {
    await expect(read(announce(-1))).rejects.toThrow('-1 bytes');
    await expect(read(announce(MAX_FRAME + 1))).rejects.toThrow(HangUp);
    await expect(read(frame('one').subarray(0, 6))).rejects.toThrow('inside a message');
  });
});
