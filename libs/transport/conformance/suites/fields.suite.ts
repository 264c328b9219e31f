/** Every kind of field arrives as it was sent, or is refused with the same words. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenDriver } from '../drivers/driver.ts';
import { can } from '../transports.ts';
import type { EchoRequest } from '../gen/conformance/v1/conformance.ts';
import { EMPTY, SAMPLES } from '../field-values.ts';
import type { Service } from '../service.ts';
import { Bench, bringEcho, failureOf, plain, refusalOf, soon } from '../steps.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const LARGE = 900 * 1024;
const TOO_LARGE = 1024 * 1024 + 1;
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** What each input is refused with: path, rule and message, one list for every transport. */
const REFUSED: Record<
  string,
  { input: Partial<EchoRequest>; violations: [path: string, rule: string, message: string][]; omitted?: number }
> = {
  'values out of bounds, in fields, messages, lists and maps': {
    input: {
      color: 'PURPLE' as never,
      colors: ['RED', 'PURPLE' as never],
      part: { name: 'x'.repeat(21), count: 0 },
      parts: [
        { name: '', count: 0 },
        { name: '', count: 0, screw: { name: 'y'.repeat(21), count: 0 } },
      ],
      partsByName: { good: { name: '', count: 0 }, bad: { name: 'z'.repeat(21), count: 0 } },
    },
    violations: [
      ['color', 'isIn', 'color must be one of the following values: UNSPECIFIED, RED, BLUE'],
      ['part.name', 'maxLength', 'name must be shorter than or equal to 20 characters'],
      ['colors[1]', 'isIn', 'each value must be one of the following values: UNSPECIFIED, RED, BLUE'],
      ['parts[1].screw.name', 'maxLength', 'name must be shorter than or equal to 20 characters'],
      ['partsByName.bad.name', 'maxLength', 'name must be shorter than or equal to 20 characters'],
    ],
  },
  'two members of a oneof': {
    input: { choiceText: 'x', choiceNumber: 1 },
    violations: [
      ['choiceText', 'oneOf', 'choiceText excludes choiceNumber, choicePart'],
      ['choiceNumber', 'oneOf', 'choiceNumber excludes choiceText, choicePart'],
    ],
  },
  'more violations than are listed': {
    input: { parts: many(300, { name: 'x'.repeat(21), count: 0 }) },
    violations: many(20, '').map((_, index) => [
      `parts[${index}].name`,
      'maxLength',
      'name must be shorter than or equal to 20 characters',
    ]),
    omitted: 280,
  },
  'more values in a list than it may have, though each of them is wrong': {
    input: { parts: many(1001, { name: 'x'.repeat(21), count: 0 }) },
    violations: [['parts', 'arrayMaxSize', 'parts must contain no more than 1000 elements']],
  },
  'more values in a map than it may have': {
    input: { counts: Object.fromEntries(many(1001, 0).map((_, n) => [`c${n}`, n])) },
    violations: [['counts', 'mapMaxSize', 'counts must contain no more than 1000 elements']],
  },
  'more than a list may have that states it': {
    input: { labels: { a: '', b: '' }, times: many(101, new Date(0)) },
    violations: [['times', 'arrayMaxSize', 'times must contain no more than 100 elements']],
  },
  'an integer above 2^53 - 1': {
    input: { int64Value: MAX + 1 },
    violations: [['int64Value', 'isSafeInteger', 'int64Value must be within ±(2^53 - 1)']],
  },
  'an integer below -(2^53 - 1)': {
    input: { sfixed64Value: -MAX - 1 },
    violations: [['sfixed64Value', 'isSafeInteger', 'sfixed64Value must be within ±(2^53 - 1)']],
  },
  'such an integer in a list': {
    input: { doubles: [Number.NaN], integers: [1, 2 ** 60] },
    violations: [['integers[1]', 'isSafeInteger', 'integers[1] must be within ±(2^53 - 1)']],
  },
  'such an integer in a map': {
    input: { counts: { a: -(2 ** 60) } },
    violations: [['counts.a', 'isSafeInteger', 'counts.a must be within ±(2^53 - 1)']],
  },
  'such an integer in a message in a message': {
    input: { parts: [{ name: '', count: 0, screw: { name: '', count: MAX + 1 } }] },
    violations: [['parts[0].screw.count', 'isSafeInteger', 'parts[0].screw.count must be within ±(2^53 - 1)']],
  },
};

export const fieldsSuite = (open: OpenDriver): void => {
  describe('fields', () => {
    let bench: Bench;
    let service: Service;
    let answers: boolean;
    beforeAll(async () => {
      bench = await Bench.open(open);
      service = await bench.serve();
      answers = can(bench.driver.transport, 'call');
    });
    afterAll(() => bench.close());

    /** What the service got, and what came back. */
    const echo = async (input: EchoRequest) => {
      const before = service.work.echoed.length;
      const answer = await bringEcho(bench, service, input);
      const seen = await soon(() => {
        expect(service.work.echoed.length).toBe(before + 1);
        return { ...service.work.echoed[before]! };
      });
      return { seen, answer: answers ? answer : seen };
    };

    it.each(Object.entries(SAMPLES))('are kept: %s', async (_, input) => {
      const { seen, answer } = await echo(input);
      expect(seen).toEqual(input);
      expect(answer).toEqual(input);
    });
    it('that are -0 are 0', async () => {
      const { seen, answer } = await echo({ ...EMPTY, doubleValue: -0, floatValue: -0, int32Value: -0, doubles: [-0] });
      expect(seen).toEqual({ ...EMPTY, doubles: [0] });
      expect(answer).toEqual({ ...EMPTY, doubles: [0] });
    });
    it('may be large', async () => {
      const input = { ...EMPTY, stringValue: 'x'.repeat(LARGE) };
      const { seen, answer } = await echo(input);
      expect(seen.stringValue === input.stringValue).toBe(true);
      expect((answer as EchoRequest).stringValue === input.stringValue).toBe(true);
    });
    it('that make the message larger than 1 MiB are refused', async () => {
      const error = await failureOf(bringEcho(bench, service, { ...EMPTY, stringValue: 'x'.repeat(TOO_LARGE) }));
      expect(plain(error)).toEqual({
        code: 'RESOURCE_EXHAUSTED',
        reason: 'PAYLOAD_TOO_LARGE',
        message: 'the message is larger than 1 MiB',
        details: { httpStatus: 413 },
        httpStatus: 413,
      });
    });
    it.each(Object.entries(REFUSED))('are refused in the same words: %s', async (_, { input, violations, omitted }) => {
      const before = service.work.echoed.length;
      expect(await refusalOf(bench, service, { ...EMPTY, ...input })).toEqual({
        code: 'INVALID_ARGUMENT',
        reason: 'INVALID_INPUT',
        message: `invalid input: ${violations[0]![2]}`,
        details: {
          violations: violations.map(([path, rule, message]) => ({ path, rule, message })),
          ...(omitted && { omittedViolations: omitted }),
        },
        httpStatus: 400,
      });
      expect(service.work.echoed.length).toBe(before);
    });
    it.each([{ int32Value: 2 ** 31 }, { uint32Value: -1 }, { uint64Value: -1 }])(
      'that protobuf has no room for are bad input: %j',
      async (input) => {
        const before = service.work.echoed.length;
        const error = await refusalOf(bench, service, { ...EMPTY, ...input });
        expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT', httpStatus: 400 });
        expect(service.work.echoed.length).toBe(before);
      },
    );
  });
};
