import { describe, expect, it } from 'vitest';
import { HangUp } from '../errors.ts';
import * as types from './fields.ts';
import { Message } from './message.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const { array, boolean, bytes, int16, int32, int64, int8, nullable, records, string, struct, tagged, uuid } = types;

const message = new Message(
  {
    flag: boolean(),
    small: int8(),
    short: int16('0+', -1),
    number: int32('1-2'),
    long: int64(),
    id: uuid('2+'),
    text: string(),
    maybe: nullable('1+', string()),
    content: bytes(),
    batches: nullable(records()),
    each: nullable('1+', array({ name: string(), more: int32('3+', 7) })),
    numbers: array(int32()),
    place: nullable(struct('3+', { host: string() })),
    reason: tagged(0, string('3+')),
    count: tagged(5, int32('3+', -1)),
  },
  3,
);

const written = (version: number, given: Parameters<ReturnType<typeof message.at>['write']>[1]): Buffer => {
  const writer = new Writer();
  message.at(version).write(writer, given);
  return writer.finish();
};
const read = (version: number, content: Buffer) => {
  const reader = new Reader(content);
  const value = message.at(version).read(reader);
  expect(reader.remaining).toBe(0);
  return value;
};

describe('a message', () => {
  const given = {
    flag: true,
    small: -1,
    short: -300,
    number: -70_000,
    long: -(2n ** 63n),
    id: Buffer.alloc(16, 0xfb).toString('base64url'),
    text: 'ü€𝄞'.repeat(500),
    maybe: 'x',
    content: Buffer.from('content'),
    batches: [Buffer.from('one'), Buffer.from('two')],
    each: [{ name: 'a', more: 1 }, { name: 'b' }],
    numbers: [1, 2, 3],
    place: { host: 'h' },
    reason: 'because',
    count: 9,
  };
  const { NO_ID } = types;

  it.each([
    [0, { number: 0, id: NO_ID, maybe: 'x', each: [7, 7], place: null, reason: '', count: -1 }],
    [1, { id: NO_ID, each: [7, 7], place: null, reason: '', count: -1 }],
    [2, { each: [7, 7], place: null, reason: '', count: -1 }],
    [3, { number: 0, each: [1, 7] }],
  ])('in version %i is read as it was written; what the version lacks has its default', (version, lacks) => {
    const each = lacks.each.map((more, at) => ({ name: 'ab'[at], more }));
    const batches = Buffer.from('onetwo');
    expect(read(version, written(version, given))).toEqual({ ...given, batches, ...lacks, each });
  });

  it('has null only in the versions that allow it', () => {
    const none = { maybe: null, each: null, batches: null };
    for (const version of [1, 3]) expect(read(version, written(version, none))).toMatchObject(none);
    const text = new Message({ text: string() });
    for (const flexible of [Infinity, 0])
      expect(() =>
        new Message(text.fields, flexible).at(0).read(new Reader(Buffer.alloc(2, flexible ? 255 : 0))),
      ).toThrow('a string may not be null');
  });

  it('sends a tagged field only if it differs from its default, and skips one that it does not know', () => {
    const tags = new Message({ count: tagged(1, int32('0+', -1)) }, 0);
    const bytesOf = (count: number) => {
      const writer = new Writer();
      tags.at(0).write(writer, { count });
      return [...writer.finish()];
    };
    expect([bytesOf(-1), bytesOf(5)]).toEqual([[0], [1, 1, 4, 0, 0, 0, 5]]);
    expect(tags.at(0).read(new Reader(Buffer.from([2, 1, 4, 0, 0, 0, 5, 9, 2, 1, 1])))).toEqual({ count: 5 });
  });

  it.each([
    ['a string longer than the message', string(), [0, 9, 65]],
    ['a negative length', bytes(), [0xff, 0xff, 0xff, 0xfe]],
    ['an array with more elements than bytes', array(int32()), [0x7f, 0xff, 0xff, 0xff, 1]],
  ])('throws HangUp for %s', (_, field, content) => {
    expect(() => new Message({ field }).at(0).read(new Reader(Buffer.from(content)))).toThrow(HangUp);
  });
});
