import type { DeadLetter } from './store.ts';

/** What of the dead letters is meant; what is absent does not matter. */
export interface Filters {
  type?: string;
  reason?: string;
  key?: string;
  /** The queue or topic of dead letters, or what it is for. */
  in?: string;
  /** Milliseconds. */
  olderThan?: number;
  newerThan?: number;
  limit?: number;
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10m`, `2h`, `3d` in milliseconds; a TypeError says what is wrong. */
export const ageOf = (text: string): number => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (!count) throw new TypeError(`"${text}" is not an age: write 30s, 10m, 2h or 3d`);
  return Number(count) * UNITS[unit!]!;
};

export const matching = (letters: readonly DeadLetter[], filters: Filters, now = Date.now()): DeadLetter[] => {
  const { type, reason, key, in: place, olderThan, newerThan, limit = Infinity } = filters;
  return letters
    .filter((letter) => {
      const age = letter.deadAt && now - letter.deadAt.getTime();
      return (
        (type === undefined ||
          letter.type === type ||
          letter.type.endsWith(`.${type}`) ||
          letter.type.endsWith(`/${type}`)) &&
        (reason === undefined || letter.reason === reason || letter.code === reason) &&
        (key === undefined || letter.key === key) &&
        (place === undefined || letter.place === place || letter.place.startsWith(`${place}.`)) &&
        (olderThan === undefined || (age !== undefined && age >= olderThan)) &&
        (newerThan === undefined || (age !== undefined && age <= newerThan))
      );
    })
    .slice(0, limit);
};

/** Letters that come before chosen ones of the same key, and are not chosen themselves: they would be overtaken. */
export const overtaken = (letters: readonly DeadLetter[], chosen: readonly DeadLetter[]): DeadLetter[] => {
  const isChosen = new Set(chosen);
  const last = new Map(
    letters.flatMap((letter, at) => (isChosen.has(letter) && letter.key ? [[keyOf(letter), at]] : [])),
  );
  return letters.filter((letter, at) => !isChosen.has(letter) && letter.key && at < (last.get(keyOf(letter)) ?? -1));
};

const keyOf = ({ place, key }: DeadLetter): string => `${place} ${key}`;
