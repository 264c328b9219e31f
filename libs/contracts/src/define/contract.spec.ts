import { plainToInstance } from 'class-transformer';
import { IsDefined, validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Bytes, Id, Timestamp } from './fields.ts';
import { Money } from '../gen/shop/type/v1/money.ts';
import { toJson } from './json.ts';
import { Letter, LettersContract, letterSent, tooHeavy, unknownArticle } from './letters.fixture.ts';
import { ServiceError } from './service-error.ts';

describe('a contract', () => {
  it('names each operation by its full method name', () => {
    expect(LettersContract.sendLetter.name).toBe('letters.v1.LettersService/SendLetter');
    expect(LettersContract.sendLetter).toMatchObject({ service: 'letters.v1.LettersService', method: 'SendLetter' });
  });
  it('knows the kind of each operation', () => {
    const kinds = Object.values(LettersContract).map(({ kind }) => kind);
    expect(kinds).toEqual(['call', 'call', 'stream', 'command']);
  });
});

describe('a message as JSON', () => {
  it('has all its fields and no others', () => {
    const amount = { currencyCode: '', minorUnits: 0, secret: 'column' };
    expect(JSON.parse(toJson(Money, amount))).toEqual({ currencyCode: '', minorUnits: 0 });
    const row = { letterId: 'p', note: '', grams: 0, worth: undefined, secret: 'column' };
    expect(JSON.parse(toJson(Letter, row))).toEqual({ letterId: 'p', note: '', grams: 0 });
  });
  it('has times as RFC 3339 in UTC, with milliseconds', () => {
    const sent = { letterId: 'p', senderId: 's', sentAt: new Date(1) };
    expect(JSON.parse(toJson(letterSent.message, sent)).sentAt).toBe('1970-01-01T00:00:00.001Z');
  });
});

describe('an error by name', () => {
  const error = tooHeavy({ grams: 99_000 });
  it('is recognised by its reason, in whichever service it was created', () => {
    expect(tooHeavy.matches(error)).toBe(true);
    expect(tooHeavy.matches(new ServiceError('FAILED_PRECONDITION', 'TOO_HEAVY', 'from afar'))).toBe(true);
    expect(unknownArticle.matches(error)).toBe(false);
    expect(tooHeavy.matches(new Error('TOO_HEAVY'))).toBe(false);
  });
  it('has the HTTP status of its code unless it names its own', () => {
    expect(error.httpStatus).toBe(409);
    expect(new ServiceError('FAILED_PRECONDITION', 'R', 'm').httpStatus).toBe(400);
  });
  it('names the path of what is wrong', () => {
    expect(unknownArticle({ index: 1 }).details.violations).toMatchObject([{ path: 'items[1].articleId' }]);
  });
});

describe('a field', () => {
  class Fields {
    @Id() id = 'i';
    @IsDefined() @Timestamp() at: unknown = new Date(0);
    @IsDefined() @Bytes() bytes: unknown = new Uint8Array();
  }
  const violated = (given: object) => validateSync(plainToInstance(Fields, given)).map(({ property }) => property);
  const good = { id: 'i', at: '2026-01-01T00:00:00Z', bytes: 'AAE=' };

  it.each([
    [{}, []],
    [{ id: '' }, ['id']],
    [{ id: 'a\u0000b' }, ['id']],
    [{ id: 'x'.repeat(65) }, ['id']],
    [{ at: 5 }, ['at']],
    [{ at: 'yesterday' }, ['at']],
    [{ at: '2026-02-30T25:00:00Z' }, ['at']],
    [{ at: '2026-01-01T00:00:00.5+02:00' }, []],
    [{ at: '2026-02-30T00:00:00Z' }, ['at']],
    [{ at: '2024-02-29T23:59:59.999999999Z' }, []],
    [{ at: '2026-12-31T23:59:60Z' }, ['at']],
    [{ at: '0000-12-31T23:00:00-01:00' }, []], // 0001-01-01 in UTC
    [{ at: new Date(8.64e15) }, ['at']],
    [{ bytes: '_-8' }, []],
    [{ bytes: 'AAE' }, []],
    [{ bytes: 'AAEA=' }, ['bytes']],
    [{ bytes: 'no base64!' }, ['bytes']],
    [{ bytes: 7 }, ['bytes']],
  ])('%j breaks the rules of %j', (given, expected) => {
    expect(violated({ ...good, ...given })).toEqual(expected);
  });
  it('is a Date or a Buffer in code', () => {
    const { at, bytes } = plainToInstance(Fields, good);
    expect(at).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(bytes).toEqual(Buffer.from([0, 1]));
  });
});
