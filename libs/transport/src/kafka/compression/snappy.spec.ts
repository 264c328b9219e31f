import { describe, expect, it } from 'vitest';
import { snappyDecompress } from './snappy.ts';

const MAX = 1000;
const text = Buffer.concat([Buffer.from('manifold '.repeat(100)), Buffer.from([...Array(70).keys()])]);
/** `text` by python-snappy 0.7. */
const bare =
  'ygcgbWFuaWZvbGQg/gkA/gkA/gkA/gkA/gkA/gkA/gkA/gkA/gkA/gkA/gkA/gkA/gkA6gkA8EUAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RF';
/** The same in two of snappy-java's blocks. */
const framed =
  'glNOQVBQWQAAAAABAAAAAQAAACrYBCBtYW5pZm9sZCD+CQD+CQD+CQD+CQD+CQD+CQD+CQD+CQD+CQA6CQAAAABj8gIgbGQgbWFuaWZv/gkA/gkA/gkA/gkAigkA8EUAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RF';
const read = (bytes: Buffer | string) =>
  snappyDecompress(typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : bytes, MAX);

describe('snappy', () => {
  it('is read bare, as librdkafka writes it', () => expect(read(bare)).toEqual(text));
  it("is read in xerial's frames, as Java writes it", () => expect(read(framed)).toEqual(text));
  it('may hold nothing', () => expect(read(Buffer.from([0]))).toHaveLength(0));

  it('is refused over the limit, before memory is taken', () => {
    expect(() => snappyDecompress(Buffer.from(bare, 'base64'), text.length - 1)).toThrow('more than 969 bytes');
    expect(() => snappyDecompress(Buffer.from(framed, 'base64'), text.length - 1)).toThrow('more than 369 bytes');
    expect(() => read(Buffer.from([255, 255, 255, 255, 15]))).toThrow('more than 1000 bytes');
  });

  it.each([
    ['nothing', []],
    ['a length that does not end', [255, 255, 255, 255, 255, 1]],
    ['a literal that is cut off', [4, 3 << 2, 1, 2]],
    ['less than announced', [4, 0, 1]],
    ['more than announced', [1, 1 << 2, 1, 2]],
    ['a copy from before the beginning', [8, 0, 1, 1, 2]],
    ['a copy of nothing', [8, 0, 1, 1, 0]],
    ['a copy over the end', [3, 0, 1, 1, 1]],
    ['a copy without offset', [8, 0, 1, 2, 1]],
  ])('is refused when it is %s', (_, bytes) => expect(() => read(Buffer.from(bytes))).toThrow(RangeError));

  it('is refused wherever it is cut off', () => {
    const whole = Buffer.from(bare, 'base64');
    for (let length = 0; length < whole.length; length++)
      expect(() => read(whole.subarray(0, length))).toThrow(RangeError);
    expect(() => read(Buffer.from(framed, 'base64').subarray(0, -1))).toThrow('a block is cut off');
  });
});
