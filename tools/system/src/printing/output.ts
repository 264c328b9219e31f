import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Receives each line that an app prints, and the lines about the system itself, which come from `SYSTEM`. */
export type Output = (from: string, line: string) => void;

export const SYSTEM = 'system';

// cyan, yellow, green, magenta, blue, bright cyan, bright yellow, bright green
const COLOURS = [36, 33, 32, 35, 34, 96, 93, 92];

/** Prefixes each line with its source, in a colour per source on a terminal, unless NO_COLOR is set. */
export function toTerminal(names: readonly string[], stream: NodeJS.WriteStream = process.stdout): Output {
  const coloured = stream.isTTY && !process.env.NO_COLOR;
  const width = Math.max(SYSTEM.length, ...names.map((name) => name.length));
  const prefixOf = (from: string) => {
    const colour = COLOURS[names.indexOf(from) % COLOURS.length];
    const prefix = `${from.padEnd(width)} |`;
    return coloured && colour ? `\x1b[${colour}m${prefix}\x1b[0m` : prefix;
  };
  return (from, line) => void stream.write(`${prefixOf(from)} ${line}\n`);
}

/** Appends every line to one file, for tests. */
export function toFile(path: string): Output {
  mkdirSync(dirname(path), { recursive: true });
  const file = createWriteStream(path, { flags: 'a' });
  return (from, line) => void file.write(`${from} | ${line}\n`);
}
