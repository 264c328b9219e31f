/** One name in the forms that languages want: `price-lists`, `priceLists`, `PriceLists`, `price_lists`. */
export interface Forms {
  kebab: string;
  camel: string;
  pascal: string;
  snake: string;
}

const KEBAB = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/;
const CAMEL = /^[a-z][a-z0-9]*([A-Z][a-z0-9]*)*$/;
/** PostgreSQL cuts names at 63 bytes, and ours get endings. */
const LONGEST = 40;

/** Names that break generated code: words of the language, and names that the templates use. */
const RESERVED = new Set(
  `abstract any arguments as async await bigint boolean break case catch class const constructor continue debugger declare
  default delete do else enum eval export extends false finally for from function get if implements import in instanceof
  interface is keyof let module namespace never new null number object of package private protected prototype public readonly
  require return set static string super switch symbol this throw true try type typeof undefined unknown var void while with
  yield array binary-reader buffer builtin console create created database date deep-partial eq error event exact expect google
  idempotency-key idempotent-requests injectable inbox input is-new known leases main map math message message-fns module name observable outbox over-grpc
  over-http partial pg-table process promise put request requests response row service string text then timestamp transaction
  uuidv7 on-module-init on-module-destroy on-application-bootstrap on-application-shutdown before-application-shutdown`.split(
    /\s+/,
  ),
);

/** The forms of a name that is written with dashes or as camelCase. */
export const formsOf = (name: string): Forms => {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  const pascal = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return {
    kebab: words.join('-'),
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    snake: words.join('_'),
  };
};

/** The singular of a name, right for most English words: `tickets` -> `ticket`, `price-lists` -> `price-list`. */
export const singularOf = (name: string): string => {
  if (/(ss|us|is|news|series|species|canvas)$/.test(name)) return name;
  if (/(movies|cookies)$/.test(name)) return name.replace(/s$/, '');
  if (/ies$/.test(name)) return name.replace(/ies$/, 'y');
  if (/(status|alias|bus|bonus|virus|canvas|hero|echo)es$/.test(name)) return name.replace(/es$/, '');
  return /(x|ch|sh|ss|zz)es$/.test(name) ? name.replace(/es$/, '') : name.replace(/(?<=[a-z0-9])s$/, '');
};

/** `a ticket`, `an order`, `a user`: by its sound, right for most English words. */
export const withArticle = (text: string): string =>
  `${/^(?!u(ni|s[aeiu]|t[ei])|eu|one|once)([aeiou]|hour|honou?r)/.test(text) ? 'an' : 'a'} ${text}`;

/** Throws unless this can name a service or a resource: `what`, as the error calls it. */
export const checkKebab = (name: string, what: string): void => check(name, what, KEBAB, formsOf(name).kebab);

/** Throws unless this can name an operation or an event. */
export const checkCamel = (name: string, what: string): void => check(name, what, CAMEL, formsOf(name).camel);

const check = (name: string, what: string, grammar: RegExp, right: string): void => {
  if (!grammar.test(name)) {
    const instead = grammar.test(right)
      ? `write ${right}`
      : 'each word starts with a letter, and contains only letters and digits';
    throw new Error(`"${name}" is not a valid name for ${what}: ${instead}`);
  }
  if (name.length > LONGEST) throw new Error(`"${name}" is too long for ${what}: ${LONGEST} characters at most`);
  if (name !== right) throw new Error(`"${name}" is not a valid name for ${what}: write ${right}`);
  const { kebab, camel } = formsOf(name);
  if (RESERVED.has(kebab) || camel in {})
    throw new Error(`"${name}" cannot be ${what}: it is a reserved word, choose another name`);
};
