import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The full path of a program on the PATH or in one of the further folders, which are looked at first. */
export function findProgram(name: string, further: readonly string[] = []): string | undefined {
  const folders = [...further, ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
