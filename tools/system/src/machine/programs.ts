import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The full path of a program in one of the `further` folders or, after these, on the PATH. */
export function findProgram(name: string, further: readonly string[] = []): string | undefined {
  const folders = [...further, ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
