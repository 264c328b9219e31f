import { expect, it } from 'vitest';
import { accepts } from './accept.ts';

it.each([
  [undefined, true],
  ['*/*', true],
  ['', true],
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/*', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['text/html, application/json;q=0.1', true],
  ['*/*;q=0, application/json', true],
  ['application/*;q=0, */*', false],
  ['application/json;q=0', false],
  ['application/json;q=0.0, */*', false],
  ['text/html', false],
  ['text/*, image/png', false],
  ['application/json-seq', false],
  ['nonsense', true],
])('Accept: %s lets JSON pass: %s', (accept, expected) => {
  expect(accepts(accept, ['application/json'])).toBe(expected);
});
it('is content with one of several', () => {
  expect(accepts('text/html', ['application/json', 'text/html'])).toBe(true);
  expect(accepts('text/plain', ['application/json', 'text/html'])).toBe(false);
});
