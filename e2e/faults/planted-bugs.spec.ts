import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BUGS } from './planted-bugs.ts';

const ROOT = join(import.meta.dirname, '../..');

it.each(BUGS)('can be planted: $name', ({ edits }) => {
  for (const { file, from } of edits) expect(readFileSync(join(ROOT, file), 'utf8').split(from)).toHaveLength(2);
});
