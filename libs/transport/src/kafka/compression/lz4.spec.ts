import { describe, expect, it } from 'vitest';
import { lz4Decompress } from './lz4.ts';

const MAX = 1_000_000;
const text = Buffer.concat([Buffer.from('manifold '.repeat(100)), Buffer.from([...Array(70).keys()])]);
const long = Buffer.from('manifold '.repeat(20_000));
/** What lz4's own library makes of `text`, by python lz4 4.4: with its size, and with checksums instead. */
const sized =
  'BCJNGGhAygMAAAAAAACoWAAAAJ9tYW5pZm9sZCAJAP///2vwNwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREUAAAAA';
const checked =
  'BCJNGHRAvVgAAACfbWFuaWZvbGQgCQD///9r8DcAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFWxcctQAAAABXGntL';
/** `text` in a block that is stored as it is. */
const stored = Buffer.concat([
  Buffer.from('04224d1860407b', 'hex'),
  Buffer.from(Uint32Array.of(0x80000000 + text.length).buffer),
  text,
  Buffer.alloc(4),
]);
/** `long` in three blocks of 64 KiB, where each refers to the one before it. */
const linked =
  'BCJNGEhAIL8CAAAAAAA4EwEAAJ9tYW5pZm9sZCAJAP/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////fUG5pZm9sCgEAAA/5///////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////oUG1hbmlmyQAAAA8JAP//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////x1Bmb2xkIAAAAAA=';
const read = (bytes: Buffer | string, maxBytes = MAX) =>
  lz4Decompress(typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : bytes, maxBytes);
const frame = (...block: number[]) =>
  Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);

describe('LZ4', () => {
  it('is read with its size', () => expect(read(sized)).toEqual(text));
  it('is read with checksums', () => expect(read(checked)).toEqual(text));
  it('is read where it is not compressed', () => expect(read(stored)).toEqual(text));
  it('is read where blocks refer to each other', () => expect(read(linked).equals(long)).toBe(true));
  it('is read where there are several frames', () =>
    expect(read(Buffer.concat([stored, frame(0), stored]))).toEqual(Buffer.concat([text, text])));

  it('is refused over the limit', () => {
    for (const bytes of [sized, checked, stored, linked])
      expect(() => read(bytes, text.length - 1)).toThrow('more data than announced or allowed');
  });

  it.each([
    ['something else', Buffer.from('no LZ4 frame at all')],
    ['cut off in its header', Buffer.from('04224d18', 'hex')],
    ['of another version', Buffer.from('04224d1820407b00000000', 'hex')],
    ['made with a dictionary', Buffer.from('04224d1861407b0000000000000000', 'hex')],
    ['without end', stored.subarray(0, -4)],
    ['cut off in a block', stored.subarray(0, -5)],
    ['literals that are cut off', frame(0x30, 1)],
    ['a length that does not end', frame(0xf0, 255, 255)],
    ['a match without offset', frame(0x10, 1, 1)],
    ['a match of nothing', frame(0x10, 1, 0, 0, 0)],
    ['a match from before the beginning', frame(0x10, 1, 2, 0, 0)],
    ['a match at the end', frame(0x10, 1, 1, 0)],
  ])('is refused when it is %s', (_, bytes) => expect(() => read(bytes)).toThrow(RangeError));
});
