import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from '../copies/workspace-copy.ts';

const MINUTES = 60_000;

let copy: WorkspaceCopy;
beforeAll(async () => {
  copy = await copyWorkspace();
}, 5 * MINUTES);
afterAll(() => copy?.remove());

/** The files, on disk, that have a match. */
const filesWith = (pattern: string) =>
  copy
    .run(`git add --all && git grep --cached -liP '${pattern}' || true`)
    .then((files) => files.split('\n').filter(Boolean));

it('leaves a workspace of that name, which passes its checks', { timeout: 15 * MINUTES }, async () => {
  const name = JSON.parse(await copy.run('cat package.json')).name;
  const proto = (await copy.run('ls proto | grep -v google')).trim();
  const other = name === 'acme' ? 'globex' : 'acme';
  expect(await copy.run(`npx nx g rename @${other} --package=${other}_inc`)).toContain('npm test');

  expect((await filesWith(name)).filter((file) => file !== 'LICENSE')).toEqual([]);
  expect(await filesWith(`\\b${proto}(?=\\.\\w+\\.v\\d|/\\w+/v\\d)|(proto|gen)/${proto}\\b`)).toEqual([]);
  expect(await copy.run(`ls -d node_modules/@${other}/contracts && ls node_modules`)).not.toContain(`@${name}`);
  expect(await copy.run('npm ls --workspaces')).not.toContain(name);
  await copy.run('npm ci --prefer-offline --no-audit --no-fund');
  await copy.run('npx buf format --diff --exit-code && npm run check');
  await copy.run('npx nx run-many -t lint,typecheck,build'); // every-service and make-it-yours run tests after a rename
});
