/** One range of an Accept header: a type, or `application/*`, with its weight. */
interface Range {
  type: string;
  subtype: string;
  q: number;
}

const RANGE = /^\s*([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)\s*((?:;.*)?)$/;

/**
 * Which of these media types an Accept header likes best (RFC 9110, section 12.5.1), of several that it likes alike the first one;
 * undefined if it excludes all. One that cannot be read excludes nothing.
 */
export const preferredOf = (accept: string | undefined, produced: readonly string[]): string | undefined => {
  if (accept === undefined || accept === '*/*') return produced[0];
  const ranges = accept.split(',').flatMap(rangeOf);
  if (!ranges.length) return produced[0];
  const [best] = produced
    .map((media) => ({ media, q: weightOf(media, ranges) }))
    .toSorted((one, other) => other.q - one.q);
  return best && best.q > 0 ? best.media : undefined;
};

/** The weight of the range that fits best: `text/html` before `text/*` before `*\/*`. */
const weightOf = (media: string, ranges: Range[]): number => {
  const [type, subtype] = media.toLowerCase().split('/');
  let best: { rank: number; q: number } = { rank: -1, q: 0 };
  for (const range of ranges) {
    const rank = range.type === '*' ? 0 : range.type !== type ? -1 : range.subtype === '*' ? 1 : -1;
    const exact = range.type === type && range.subtype === subtype ? 2 : rank;
    if (exact > best.rank || (exact === best.rank && range.q > best.q)) best = { rank: exact, q: range.q };
  }
  return best.rank < 0 ? 0 : best.q;
};

const rangeOf = (text: string): Range[] => {
  const [, type, subtype, parameters] = RANGE.exec(text) ?? [];
  if (!type || !subtype) return [];
  const q = /;\s*q\s*=\s*(\d(?:\.\d*)?)/i.exec(parameters ?? '')?.[1];
  return [{ type: type.toLowerCase(), subtype: subtype.toLowerCase(), q: q === undefined ? 1 : Number(q) }];
};
