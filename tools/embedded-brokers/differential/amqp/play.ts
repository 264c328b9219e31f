import { QUEUES } from './names.ts';
import { Player, type Seen } from './player.ts';
import type { Script } from './script.ts';

/** Plays a script on a broker. A step ends after `quiet` milliseconds without news. */
export const play = async (url: string, script: Script, quiet: number): Promise<Seen[]> => {
  const player = new Player(url, `diff-${script.seed}-${Math.random().toString(36).slice(2, 8)}.`, quiet);
  try {
    const seen: Seen[] = [];
    for (const step of script.steps) seen.push(await player.play(step));
    for (const queue of QUEUES) seen.push(...(await player.drain(queue)));
    return seen;
  } finally {
    await player.close();
  }
};

/** The first step at which two plays differ. */
export const firstDifference = (
  one: Seen[],
  other: Seen[],
): { index: number; one?: Seen; other?: Seen } | undefined => {
  for (let index = 0; index < Math.max(one.length, other.length); index++)
    if (canonical(one[index]) !== canonical(other[index])) return { index, one: one[index], other: other[index] };
  return undefined;
};

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? '';
