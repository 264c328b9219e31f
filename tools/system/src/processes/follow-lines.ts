import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

/** Milliseconds between two looks. */
const INTERVAL = 200;

/** Calls `onLine` for each line that is appended to a file from now on, which need not exist yet, until the result is called. */
export function followLines(path: string, onLine: (line: string) => void): () => void {
  let position = existsSync(path) ? statSync(path).size : 0;
  let rest = '';
  const timer = setInterval(() => {
    const size = existsSync(path) ? statSync(path).size : 0;
    if (size <= position) return;
    const bytes = Buffer.alloc(size - position);
    const file = openSync(path, 'r');
    position += readSync(file, bytes, 0, bytes.length, position);
    closeSync(file);
    const lines = (rest + bytes.toString()).split('\n');
    rest = lines.pop()!;
    lines.forEach(onLine);
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}
