import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyWorkspace, type WorkspaceCopy } from '../copies/workspace-copy.ts';

const MINUTES = 60_000;

let copy: WorkspaceCopy;
beforeAll(async () => {
  copy = await copyWorkspace();
}, 5 * MINUTES);
afterAll(() => copy?.remove());

it(
  'leaves a workspace that passes its checks, starts, and takes its first service',
  { timeout: 15 * MINUTES },
  async () => {
    expect(await copy.run('npx nx g remove-sample')).toContain('npx nx g service first');
    expect(await copy.run('npm start')).toContain('There are no apps yet');
    await copy.run("git add --all && git commit --quiet -m 'feat!: an empty workspace'"); // buf compares with what was
    // npm test, without the tests of the two projects that take the most time and do not depend on apps
    await copy.run('npm run check && npx nx run-many -t lint,typecheck,build');
    await copy.run('npx nx run-many -t test --exclude=transport,embedded-brokers');
    expect(await copy.run('npx nx run e2e:e2e')).toContain('e2e: 0 passed, 0 failed');

    await copy.run('npx nx g service first --transports=http,grpc && npm run check && npx nx test first');
    expect(await copy.run('npx nx run e2e:e2e')).toMatch(/e2e: [1-9]\d* passed, 0 failed/);
  },
);
