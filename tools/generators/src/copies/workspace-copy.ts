/** A copy of the workspace, for tests that change it as a user changes a clone. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { shellEnvironment } from './shell-environment.ts';
import { Running } from './running.ts';

const original = resolve(import.meta.dirname, '../../../..');

interface RunOptions {
  env?: NodeJS.ProcessEnv;
  input?: string;
}

/** The files that git does not ignore, as one commit on `main`, with the installed packages. */
export async function copyWorkspace(): Promise<WorkspaceCopy> {
  const copy = new WorkspaceCopy(await mkdtemp(join(tmpdir(), 'workspace-copy-')));
  try {
    for (const file of filesOf(original)) await cp(join(original, file), join(copy.folder, file));
    await copy.run(`
      git init --quiet -b main
      git config user.name Tester && git config user.email tester@example.com
      git add --all && git commit --quiet -m 'feat: a copy to change'
      cp -a '${original}/node_modules' .`); // less than half the time of npm ci
    return copy;
  } catch (error) {
    await copy.remove();
    throw error;
  }
}

export class WorkspaceCopy {
  readonly folder: string;
  readonly #started = new Set<Running>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Runs a command line of bash to its end and returns what it printed; fails with all of that unless the exit code is 0. */
  async run(commandLine: string, options: RunOptions = {}): Promise<string> {
    const running = this.start(commandLine, options);
    const code = await running.ended;
    this.#started.delete(running);
    if (code !== 0) throw running.failure(`ended with ${code}`);
    return running.output;
  }

  /** Starts a command line of bash that runs until it is stopped. */
  start(commandLine: string, { env, input }: RunOptions = {}): Running {
    const running = new Running(commandLine, this.folder, { ...shellEnvironment(), ...env }, input);
    this.#started.add(running);
    return running;
  }

  /** Stops what still runs in it, and removes it. */
  async remove(): Promise<void> {
    await Promise.all([...this.#started].map((running) => running.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Tracked and untracked files that exist. */
function filesOf(folder: string): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((file) => file && existsSync(join(folder, file)));
}
