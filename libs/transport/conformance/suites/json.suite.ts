/** JSON is read as proto3 JSON has it (https://protobuf.dev/programming-guides/json/), whichever program wrote it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenDriver } from '../drivers/driver.ts';
import { EMPTY } from '../field-values.ts';
import type { EchoRequest } from '../gen/conformance/v1/conformance.ts';
import type { Service } from '../service.ts';
import { Bench, bringEcho, refusalOf, soon } from '../steps.ts';

const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const nested = (depth: number): object => (depth ? { a: nested(depth - 1) } : {});

/** What is read of each. */
const READ: Record<string, [json: object, read: Partial<EchoRequest>]> = {
  'integers as text, whole and in exponent notation': [
    { int64Value: '9007199254740991', int32Value: '7', uint64Value: '1e3', sint64Value: '-2.0', fixed32Value: 5.0 },
    { int64Value: Number.MAX_SAFE_INTEGER, int32Value: 7, uint64Value: 1000, sint64Value: -2, fixed32Value: 5 },
  ],
  'integers as text, in lists, maps and messages': [
    { integers: ['1', 2], counts: { a: '3' }, parts: [{ count: '4' }], choiceNumber: '5' },
    { integers: [1, 2], counts: { a: 3 }, parts: [{ name: '', count: 4 }], choiceNumber: 5 },
  ],
  'numbers as text, and by name': [
    { doubleValue: '-1.5e-3', floatValue: 'NaN', doubles: ['Infinity', '-Infinity', '2'] },
    { doubleValue: -0.0015, floatValue: Number.NaN, doubles: [Infinity, -Infinity, 2] },
  ],
  'base64 of both alphabets, with and without padding': [
    { bytesValue: '-_8', blobs: ['+/8=', '-_8=', '+/8', ''] },
    { bytesValue: Buffer.from([251, 255]), blobs: [...many(3, Buffer.from([251, 255])), Buffer.alloc(0)] },
  ],
  'enums by number': [
    { color: 2, colors: [0, 'RED'] },
    { color: 'BLUE', colors: ['UNSPECIFIED', 'RED'] },
  ],
  'times with an offset, and to the nanosecond': [
    { time: '2026-03-01T00:30:00.123456789+01:30', times: ['2024-02-29T00:00:00Z', '2026-01-01T00:00:00-00:00'] },
    {
      time: new Date('2026-02-28T23:00:00.123Z'),
      times: [new Date('2024-02-29T00:00:00Z'), new Date('2026-01-01T00:00:00Z')],
    },
  ],
  'null as absent': [Object.fromEntries(Object.keys(EMPTY).map((field) => [field, null])), {}],
  'original field names': [
    { string_value: 's', parts_by_name: { a_b: { name: 'n' } }, optional_flag: true, choice_text: 't' },
    { stringValue: 's', partsByName: { a_b: { name: 'n', count: 0 } }, optionalFlag: true, choiceText: 't' },
  ],
  'unknown members, which are left out unread': [
    { unknown: nested(500), part: { name: 'p', un_known: 2 ** 60 } },
    { part: { name: 'p', count: 0 } },
  ],
};

/** Where each is refused, and by which rule. */
const REFUSED: [json: object, path: string, rule: string][] = [
  ...[
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-06-30T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01t00:00:00Z',
    '2026-01-01T00:00:00z',
    '2026-01-01T00:00:00',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
  ].map((time): [object, string, string] => [{ time }, 'time', 'isDate']),
  [{ times: ['2026-04-31T00:00:00Z'] }, 'times[0]', 'isDate'],
  [{ parts: [[{}]] }, 'parts[0]', 'isNotArray'],
  [{ doubles: [1, [2]] }, 'doubles[1]', 'isNotArray'],
  [{ part: [{}] }, 'part', 'isObject'],
  [{ parts_by_name: { a: [{}] } }, 'partsByName.a', 'isObject'],
  [{ integers: [1, null] }, 'integers[1]', 'isDefined'],
  [{ labels: { a: null } }, 'labels.a', 'isDefined'],
  ...['1.5', ' 1', '01', '0x1', '1_000', '', '+1', 'NaN'].map((text): [object, string, string] => [
    { int64Value: text },
    'int64Value',
    'isInt',
  ]),
  [{ int64Value: '9007199254740993' }, 'int64Value', 'isSafeInteger'],
  [{ counts: { a: '-9007199254740993' } }, 'counts.a', 'isSafeInteger'],
  [{ doubleValue: '1e400' }, 'doubleValue', 'isFinite'],
  [{ floatValue: '3.5e38' }, 'floatValue', 'isFloat32'],
  [{ boolValue: 'true' }, 'boolValue', 'isBoolean'],
  [{ stringValue: 1 }, 'stringValue', 'isString'],
  [{ stringValue: 'a\ud83d' }, 'stringValue', 'isWellFormed'], // half of a surrogate pair
  ...['A', 'AA=', 'A-+/*', 'A A='].map((text): [object, string, string] => [
    { bytesValue: text },
    'bytesValue',
    'isBytes',
  ]),
  [{ color: 7 }, 'color', 'isIn'],
  [{ color: '1' }, 'color', 'isIn'],
  [{ color: -1 }, 'color', 'isIn'],
  [{ stringValue: 'a', string_value: 'b' }, 'stringValue', 'isOnce'],
  [{ stringValue: nested(40) }, `stringValue${'.a'.repeat(32)}`, 'maxDepth'],
  [Object.fromEntries(many(10_001, 0).map((_, n) => [`u${n}`, n])), '', 'maxMembers'],
];

/** A message that is written as it is. */
const verbatim = { fromPartial: (json: object) => json } as never;

export const jsonSuite = (open: OpenDriver): void => {
  describe('JSON', () => {
    let bench: Bench;
    let service: Service;
    beforeAll(async () => {
      bench = await Bench.open(open);
      service = await bench.serve();
    });
    afterAll(() => bench.close());

    it.each(Object.entries(READ))('is read as its specification says: %s', async (_, [json, read]) => {
      const before = service.work.echoed.length;
      await bringEcho(bench, service, json as EchoRequest, verbatim);
      await soon(() => expect(service.work.echoed.length).toBe(before + 1));
      expect({ ...service.work.echoed[before] }).toEqual({ ...EMPTY, ...read });
    });
    it.each(REFUSED)('is refused where it is wrong: %j', async (json, path, rule) => {
      const before = service.work.echoed.length;
      expect(await refusalOf(bench, service, json as EchoRequest, verbatim)).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'INVALID_INPUT',
        details: { violations: [{ path, rule }] },
      });
      expect(service.work.echoed.length).toBe(before);
    });
  });
};
