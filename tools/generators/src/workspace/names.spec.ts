import { describe, expect, it } from 'vitest';
import { checkCamel, checkKebab, formsOf, singularOf, withArticle } from './names.ts';

describe('a name', () => {
  it.each(['price-lists', 'priceLists', 'PriceLists', 'price_lists'])(
    'has all its forms, however it is written: %s',
    (name) => {
      expect(formsOf(name)).toEqual({
        kebab: 'price-lists',
        camel: 'priceLists',
        pascal: 'PriceLists',
        snake: 'price_lists',
      });
    },
  );

  it.each([
    ['tickets', 'ticket'],
    ['price-lists', 'price-list'],
    ['categories', 'category'],
    ['boxes', 'box'],
    ['branches', 'branch'],
    ['addresses', 'address'],
    ['statuses', 'status'],
    ['movies', 'movie'],
    ['e-mails', 'e-mail'],
    ['analysis', 'analysis'],
    ['news', 'news'],
    ['inventory', 'inventory'],
    ['first', 'first'],
    ['type-s', 'type-s'],
  ])('%s: the singular is %s', (plural, singular) => expect(singularOf(plural)).toBe(singular));

  it.each(['a ticket', 'an order', 'a user', 'a unit', 'an umbrella', 'an hour', 'a one time code'])('%s', (text) =>
    expect(withArticle(text.replace(/^an? /, ''))).toBe(text),
  );
});

it('keeps the bounds of words of one letter', () => {
  expect(formsOf('sendEMail')).toEqual({
    kebab: 'send-e-mail',
    camel: 'sendEMail',
    pascal: 'SendEMail',
    snake: 'send_e_mail',
  });
  expect(formsOf('EMail').kebab).toBe('e-mail');
});

describe('an invalid name', () => {
  it.each([
    ['PriceLists', '"PriceLists" is not a valid name for a service: write price-lists'],
    ['price_lists', '"price_lists" is not a valid name for a service: write price-lists'],
    [
      '2fast',
      '"2fast" is not a valid name for a service: each word starts with a letter, and contains only letters and digits',
    ],
    ['', '"" is not a valid name for a service: each word starts with a letter, and contains only letters and digits'],
    ['../x', '"../x" is not a valid name for a service: write x'],
    ['class', '"class" cannot be a service: it is a reserved word, choose another name'],
    ['requests', '"requests" cannot be a service: it is a reserved word, choose another name'],
    ['x'.repeat(41), `"${'x'.repeat(41)}" is too long for a service: 40 characters at most`],
  ])('%j is refused, with what would be right', (name, message) => {
    expect(() => checkKebab(name, 'a service')).toThrow(message);
  });

  it.each([
    ['close-ticket', '"close-ticket" is not a valid name for an operation: write closeTicket'],
    ['CloseTicket', '"CloseTicket" is not a valid name for an operation: write closeTicket'],
    ['exportPDF', '"exportPDF" is not a valid name for an operation: write exportPdf'],
    ['then', '"then" cannot be an operation: it is a reserved word'],
    ['onModuleInit', '"onModuleInit" cannot be an operation: it is a reserved word'],
    ['toString', '"toString" cannot be an operation: it is a reserved word'],
    ['delete', '"delete" cannot be an operation: it is a reserved word, choose another name'],
  ])('%j is refused as an operation', (name, message) => {
    expect(() => checkCamel(name, 'an operation')).toThrow(message);
  });
});
