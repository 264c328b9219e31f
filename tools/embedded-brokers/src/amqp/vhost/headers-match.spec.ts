import { describe, expect, it } from 'vitest';
import { bool, type Field, long, longstr } from '../wire/fields.ts';
import { expectMatchKind, headersMatch } from './headers-match.ts';

const one: Field = { type: 'signedint', value: 1 };
const present: Field = { type: 'void', value: undefined };
const HEADERS = new Map<string, Field>([
  ['a', one],
  ['b', longstr('text')],
  ['x-c', bool(true)],
]);

describe('the arguments of a binding to a headers exchange', () => {
  it.each<[string | undefined, Record<string, Field>, boolean]>([
    [undefined, {}, true],
    [undefined, { a: one, b: longstr('text') }, true],
    ['all', { a: one, d: one }, false],
    ['all', { a: one, b: longstr('other') }, false],
    ['all', { 'x-c': bool(false) }, true],
    ['all-with-x', { 'x-c': bool(false) }, false],
    ['all-with-x', { a: one, 'x-c': bool(true) }, true],
    ['any', {}, false],
    ['any', { a: one, d: one }, true],
    ['any', { d: one }, false],
    ['any', { 'x-c': bool(true) }, false],
    ['any-with-x', { d: one, 'x-c': bool(true) }, true],
    ['all', { a: present, b: present }, true],
    ['any', { d: present }, false],
    ['all', { a: long(1) }, true],
    ['all', { a: { type: 'double', value: 1 } }, false],
    ['all', { a: longstr('1') }, false],
    ['all', { b: { type: 'binary', value: Buffer.from('text') } }, true],
  ])('with x-match %s, %o: match is %s', (kind, args, matched) => {
    const all = new Map(Object.entries(args));
    if (kind) all.set('x-match', longstr(kind));
    expect(headersMatch(all, HEADERS)).toBe(matched);
  });

  it.each<[Field, string]>([
    [longstr('some'), 'value <<"some">>; expected all, any, all-with-x, or any-with-x'],
    [one, 'type signedint (value 1); expected longstr'],
  ])('are refused with x-match %o', (field, text) => {
    const bind = () => expectMatchKind(new Map([['x-match', field]]));
    expect(bind).toThrow(`PRECONDITION_FAILED - Invalid x-match field ${text}`);
  });
});
