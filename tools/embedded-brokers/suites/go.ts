import { execFile } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The first release that fetches the toolchain that a module asks for. */
const FETCHES_TOOLCHAINS = 21;
/** Used if the installed Go is older, as Debian 12's is. */
const TOOLCHAIN = 'golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64';
const DOWNLOAD_TRIES = 3;
const DOWNLOAD_TIMEOUT = 120_000;

/** The path of a `go` that can build any module. */
export const findGo = async (): Promise<string> => {
  const { stdout } = await run('go', ['env', 'GOVERSION']).catch((cause: Error) => {
    throw new Error('Go is needed: apt-get install golang-go', { cause });
  });
  const [, minor] = /^go1\.(\d+)/.exec(stdout) ?? [];
  if (minor === undefined || Number(minor) >= FETCHES_TOOLCHAINS) return 'go';
  const folder = await download('go', TOOLCHAIN);
  for (const programs of ['bin', 'pkg/tool/linux_amd64']) await makeExecutable(join(folder, programs));
  return join(folder, 'bin/go');
};

/** Downloads a module, with its tests and all that it needs; returns its folder in Go's module cache. */
export const downloadModule = async (go: string, module: string): Promise<string> => {
  const folder = await download(go, module);
  await tryAgain(() => run(go, ['mod', 'download'], { cwd: folder, timeout: DOWNLOAD_TIMEOUT }));
  return folder;
};

const download = (go: string, module: string): Promise<string> =>
  tryAgain(async () => {
    // outside of any module, and with nothing of the surrounding Go's own files
    const options = { cwd: tmpdir(), timeout: DOWNLOAD_TIMEOUT };
    const { stdout } = await run(go, ['mod', 'download', '-json', module], options);
    return (JSON.parse(stdout) as { Dir: string }).Dir;
  });

/** The module proxy may be slow: what a try has downloaded stays in the cache. */
const tryAgain = async <T>(attempt: () => Promise<T>, tries = DOWNLOAD_TRIES): Promise<T> => {
  try {
    return await attempt();
  } catch (error) {
    if (tries === 1) throw error;
    console.log(`cannot download: ${(error as Error).message.trim()}; trying again`);
    return tryAgain(attempt, tries - 1);
  }
};

/** Modules carry no file modes. */
const makeExecutable = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o755);
};
