import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Lock } from './machine/lock.ts';

/** A folder for the apps that one run builds: `.builds/<n>` in the clone. */
export interface Build {
  folder: string;
  /** Removes it. */
  release(): Promise<void>;
}

/** The build of the lowest number that no run holds, empty: what a killed run has left behind is removed. */
export async function takeBuild(root: string): Promise<Build> {
  for (let number = 1; ; number++) {
    const folder = join(root, '.builds', String(number));
    const lock = Lock.take(`${folder}.lock`);
    if (!lock) continue;
    const empty = () => rm(folder, { recursive: true, force: true });
    await empty();
    let released: Promise<void> | undefined; // a second time another run may have taken it
    return { folder, release: () => (released ??= empty().finally(() => lock.release())) };
  }
}
