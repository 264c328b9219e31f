import { inequivalent } from '../errors.ts';
import type { Field } from '../wire/fields.ts';

export const INTEGERS = ['byte', 'short', 'signedint', 'long', 'unsignedbyte', 'unsignedshort', 'unsignedint'];

/** Throws 406 if an argument of a declaration is not that of the existing thing, which `title` names in errors. */
export const expectSameArgument = (key: string, title: string, received?: Field, existing?: Field): void => {
  if (received && existing) {
    if (plain(received) !== plain(existing) || kindOf(received) !== kindOf(existing))
      throw inequivalent(key, title, `'${plain(received)}'`, `'${plain(existing)}'`);
  } else if (received || existing) throw inequivalent(key, title, described(received), described(existing));
};

export const plain = ({ value }: Field): string => String(value);

const kindOf = ({ type }: Field): string => (INTEGERS.includes(type) ? 'integer' : type);

const described = (field: Field | undefined): string =>
  field ? `the value '${plain(field)}' of type '${field.type}'` : 'none';
