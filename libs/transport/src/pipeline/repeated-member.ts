/**
 * The path of a member of JSON text that stands twice in its object, of which `JSON.parse` keeps the last; undefined if there is
 * none. `parsed` is what `JSON.parse` made of the text. Throws a RangeError if that is nested too deep to be read.
 *
 * Nearly all input has none, and pays for two counts only: of colons in the text, and of members in what was parsed. If each
 * colon of a member follows its name at once, there are at least as many `":` in the text as members, and as many members as
 * were kept: if both ends are equal, nothing was dropped. Else the text is read once more, which also happens if a string has
 * `":` in it, or a colon after a space. Rejected: a reviver, which is called for each value.
 */
export const repeatedMember = (text: string, parsed: unknown): string | undefined => {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const kept = membersOf(parsed);
  return namesIn(text) === kept ? undefined : new Scanner(text).value('');
};

const [QUOTE, SPACE] = [34, 32];

/** How many `":` there are; NaN if a colon follows a space, and may belong to a name before it. */
const namesIn = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE) count++;
    else if (before <= SPACE) return Number.NaN;
  }
  return count;
};

/** Far deeper than input may be, and not so deep that reading it would overflow the stack. */
const MAX_DEPTH = 1000;

const membersOf = (value: object, depth = 0): number => {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`);
  let count = 0;
  if (Array.isArray(value)) {
    for (const each of value) if (typeof each === 'object' && each !== null) count += membersOf(each, depth + 1);
    return count;
  }
  for (const name in value) {
    count++;
    const each = (value as Record<string, unknown>)[name];
    if (typeof each === 'object' && each !== null) count += membersOf(each, depth + 1);
  }
  return count;
};

/** Reads text that `JSON.parse` has accepted, for the names of its members alone. */
class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  value(path: string): string | undefined {
    const first = this.token();
    if (first === '{') return this.object(path);
    if (first === '[') return this.list(path);
    return undefined;
  }

  private object(path: string): string | undefined {
    const names = new Set<string>();
    for (let token = this.token(); token !== '}'; token = this.token()) {
      if (token === ',') continue;
      const name = JSON.parse(token) as string;
      const at = path ? `${path}.${name}` : name;
      if (names.has(name)) return at;
      names.add(name);
      this.token(); // the colon
      const found = this.value(at);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private list(path: string): string | undefined {
    let index = 0;
    for (;;) {
      const begin = this.at;
      const token = this.token();
      if (token === ']') return undefined;
      if (token === ',') index++;
      else {
        this.at = begin;
        const found = this.value(`${path}[${index}]`);
        if (found !== undefined) return found;
      }
    }
  }

  /** A mark, or a whole string, number or word. */
  private token(): string {
    TOKEN.lastIndex = this.at;
    const [, token] = TOKEN.exec(this.text)!;
    this.at = TOKEN.lastIndex;
    return token!;
  }
}

const TOKEN = /\s*([{}[\]:,]|"(?:[^"\\]|\\.)*"|[^\s{}[\]:,"]+)/y;
