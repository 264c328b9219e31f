import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goTest, type Outcome } from './go-test.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'fourfold-go-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Plays a `go` that prints these lines and ends with this exit code. */
const play = async (lines: string[], code: number): Promise<Outcome> => {
  const go = join(folder, 'go');
  await writeFile(go, `#!/bin/sh\ncat <<'LINES'\n${lines.join('\n')}\nLINES\nexit ${code}\n`, { mode: 0o755 });
  return goTest({ go, cwd: folder, args: [], environment: {} });
};
const event = (Action: string, Test?: string, Output?: string) => JSON.stringify({ Action, Test, Output });

describe('a run of go test', () => {
  it('counts tests, and subtests with theirs', async () => {
    const lines = [event('pass', 'TestA/one'), event('pass', 'TestA'), event('skip', 'TestB'), event('pass')];
    expect(await play(lines, 0)).toMatchObject({ passed: ['TestA'], failed: [], skipped: ['TestB'], ok: true });
  });

  it('keeps what a failed test and its subtests printed', async () => {
    const lines = [event('output', 'TestA/one', 'wrong\n'), event('fail', 'TestA/one'), event('fail', 'TestA')];
    const outcome = await play(lines, 1);
    expect(outcome).toMatchObject({ failed: ['TestA'], ok: false });
    expect(outcome.output.get('TestA')).toBe('wrong\n');
  });

  it('fails if there was no test', async () => {
    expect(await play([event('pass')], 0)).toMatchObject({ passed: [], ok: false });
  });

  it('fails if the package does, though no test has', async () => {
    const outcome = await play(['does not compile', event('fail')], 1);
    expect(outcome).toMatchObject({ failed: [], ok: false });
    expect(outcome.output.get('')).toBe('does not compile\n');
  });
});
