import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where things are kept that every clone can use: `~/.cache/fourfold`. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fourfold');

/** Makes a folder whole or not at all: `fill` gets another folder, which takes the name when it is done, unless another run was first. */
export async function makeOnce(folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  try {
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Whether there is such a file or folder. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
