import { expect, it } from 'vitest';
import { preferredOf } from './accept.ts';

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
  expect(preferredOf(accept, ['application/json'])).toBe(expected ? 'application/json' : undefined);
});
it.each([
  [undefined, 'application/a+json'],
  ['*/*', 'application/a+json'],
  ['application/*', 'application/a+json'],
  ['text/html, */*;q=0.1', 'application/a+json'],
  ['application/json', 'application/json'],
  ['application/json, application/a+json;q=0.9', 'application/json'],
  ['application/json, */*', 'application/a+json'],
  ['application/json, */*;q=0.9', 'application/json'],
  ['application/a+json;q=0, application/*', 'application/json'],
  ['text/html', undefined],
])('Accept: %s of several takes %s', (accept, expected) => {
  expect(preferredOf(accept, ['application/a+json', 'application/json'])).toBe(expected);
});
