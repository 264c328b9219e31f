import type { Names } from './workspace-names.ts';

/** One way to write a name. A name of one word looks the same in some of them: then `fits` decides by what stands beside it. */
interface Style {
  write(words: string[]): string;
  fits(before: string, after: string): boolean;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const pascal = (words: string[]) => words.map(capital).join('');

const STYLES: Style[] = [
  { write: (words) => words.join('_'), fits: (before, after) => before === '_' || after === '_' },
  { write: ([first, ...rest]) => first + pascal(rest), fits: (_, after) => /[A-Z]/.test(after) },
  { write: (words) => words.join('-'), fits: () => true },
  { write: pascal, fits: (before, after) => /\w/.test(before) || /\w/.test(after) },
  { write: (words) => words.map(capital).join(' '), fits: () => true },
  { write: (words) => words.join('-').toUpperCase(), fits: (before, after) => before === '-' || after === '-' },
  { write: (words) => words.join('_').toUpperCase(), fits: () => true },
];

/** Replaces the names of `from` in a text by those of `to`. */
export function rewording(from: Names, to: Names): (text: string) => string {
  const [old, fresh] = [wordsOf(from.product), wordsOf(to.product)];
  const names = anyOf(packageForms(from), scopeForms(from), `(?<product>${productForms(from)})`);
  return (text) =>
    text.replace(names, (found: string, ...rest) => {
      const { package: isPackage, scope } = rest.at(-1);
      if (isPackage) return to.protoPackage ?? found;
      if (scope) return `@${to.scope}`;
      const at: number = rest.at(-3);
      const style = styleOf(found, old, text.charAt(at - 1), text.charAt(at + found.length));
      return style.write(fresh);
    });
}

/** Whether a text contains the product of `to` with another meaning. */
export function hasWord(from: Names, to: Names): (text: string) => boolean {
  const names = anyOf(
    packageForms(from),
    scopeForms(from, to),
    productForms(from),
    `(?<word>${to.product.split('-').join('[-_ ]?')})`,
  );
  const anyCase = new RegExp(names.source, 'gi');
  return (text) => text.matchAll(anyCase).some(({ groups }) => groups!['word']);
}

function styleOf(found: string, words: string[], before: string, after: string): Style {
  const alike = STYLES.filter(({ write }) => write(words) === found);
  return alike.find(({ fits }) => fits(before, after)) ?? alike[0]!;
}

/** `shop.orders.v1`, `'shop.Nowhere'`, `package shop`, `{ shop } = loadPackageDefinition(…)`, `proto/shop`, `gen/shop`, `shop/orders/v1`: not the word in prose, nor a variable. */
function packageForms({ protoPackage: name }: Names): string {
  if (!name) return '(?<package>(?!))';
  const part = String.raw`[\w.\\$\{\}<>*-]*`;
  return `(?<package>${[
    String.raw`(?<![\w-])${name}(?=\\?\.${part}\.v\d)`,
    String.raw`(?<=['"\x60])${name}(?=\.[A-Z])`,
    String.raw`(?<=\bpackage )${name}(?=[.;])`,
    String.raw`(?<=\{ )${name}(?= \} = load)`,
    String.raw`(?<=\b(?:proto|gen)/)${name}(?![\w-])`,
    String.raw`(?<![\w@-])${name}(?=/${part}/v\d)`,
  ].join('|')})`;
}

/** `@acme/orders`, `@acme\/`, `node_modules/@acme`, `'@acme'`. */
function scopeForms(...names: Names[]): string {
  const any = `@(?:${names.map(({ scope }) => scope.replaceAll('.', '\\.')).join('|')})`;
  return String.raw`(?<scope>(?<![\w.])${any}(?=\\?/)|(?<=[/'"\x60])${any}(?![\w./-]))`;
}

function productForms({ product }: Names): string {
  const forms = new Set(STYLES.map(({ write }) => write(wordsOf(product))));
  return [...forms].join('|');
}

function anyOf(...patterns: string[]): RegExp {
  return new RegExp(patterns.join('|'), 'g');
}

const wordsOf = (product: string) => product.split('-');
