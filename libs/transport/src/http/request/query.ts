import type { Dto } from '@fourfold/contracts/contract';
import { invalidInput } from '../../errors.ts';
import { type Field, fieldOf, fieldsOf } from '../../pipeline/dto-fields.ts';
import { numberOf } from '../../pipeline/json.ts';
import { parseField } from '../../pipeline/parse-field.ts';

type Fields = Record<string, unknown>;

/**
 * The fields of a DTO in a query (WHATWG URL, application/x-www-form-urlencoded): a list's as often as it has values, any other
 * once. Throws INVALID_ARGUMENT. Parameters that the DTO does not know are left out unread. Parsers of frameworks would make a
 * list of two, and put U+FFFD for what is not UTF-8.
 */
export const readQuery = (dto: Dto, url: string): Fields => {
  const read: Fields = {};
  const mark = url.indexOf('?');
  for (const pair of mark < 0 ? [] : url.slice(mark + 1).split('&')) {
    const equals = pair.indexOf('=');
    const key = decoded(equals < 0 ? pair : pair.slice(0, equals), '');
    const field = fieldOf(fieldsOf(dto), key);
    if (!field) continue;
    const text = equals < 0 ? '' : decoded(pair.slice(equals + 1), field.name);
    if (field.isList) read[key] = [...((read[key] as string[] | undefined) ?? []), text];
    else if (Object.hasOwn(read, key)) throw refused(field.name, 'isOnce', 'must not be there twice');
    else read[key] = text;
  }
  return readText(dto, read);
};

/** Fields as a path or a query has them, as what they are. Throws INVALID_ARGUMENT for an integer that is written as none. */
export const readText = (dto: Dto, given: Fields = {}): Fields => {
  const read: Fields = {};
  for (const [key, value] of Object.entries(given)) {
    const field = fieldOf(fieldsOf(dto), key);
    if (field) for (const text of [value].flat()) checkInteger(field, text as string);
    read[key] = parseField(dto, key, value);
  }
  return read;
};

const INTEGER = /^(0|-?[1-9]\d*)$/;

/** proto3 JSON takes `1e2` for an integer, which in a URI is a second spelling of `100`. What is no number is for validation to refuse. */
const checkInteger = ({ name, isInteger, each }: Field, text: string): void => {
  if ((each?.isInteger || isInteger) && !INTEGER.test(text) && numberOf(text) !== undefined)
    throw refused(name, 'isInt', 'must be an integer, in digits alone');
};

const decoded = (text: string, path: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    if (/%(?![\da-f]{2})/i.test(text)) throw refused(path, 'isPercentEncoded', 'has a % that begins no escape');
    throw refused(path, 'isUtf8', 'is not UTF-8');
  }
};

const refused = (path: string, rule: string, what: string) =>
  invalidInput([{ path, rule, message: `${path || 'a name in the query'} ${what}` }]);
