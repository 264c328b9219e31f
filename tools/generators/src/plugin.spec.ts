import { resolve } from 'node:path';
import type { CreateNodesContextV2 } from '@nx/devkit';
import { expect, it } from 'vitest';
import { createNodesV2 } from './plugin.ts';

const workspaceRoot = resolve(import.meta.dirname, '../../..');
const targetsOf = async (root: string) => {
  const [, createNodes] = createNodesV2;
  const context = { workspaceRoot, nxJsonConfiguration: {} } as CreateNodesContextV2;
  const [[, { projects }]] = (await createNodes([`${root}/package.json`], undefined, context)) as any;
  return Object.keys(projects[root].targets).sort();
};
const CHECKS = ['lint', 'typecheck'];

it('gives every project the same targets, and an app more', async () => {
  expect(await targetsOf('libs/contracts')).toEqual(['build', ...CHECKS, 'test'].sort());
  expect(await targetsOf('apps/gateway')).toEqual(['build', ...CHECKS, 'serve', 'test'].sort());
});
it('gives a service with a database its migrations', async () => {
  expect(await targetsOf('apps/orders')).toContain('migration');
});
it('gives a lib with tests over real brokers a target for them', async () => {
  expect(await targetsOf('libs/transport')).toContain('native');
});
it('keeps the stories apart from the tests', async () => {
  expect(await targetsOf('e2e')).toEqual(['e2e', ...CHECKS].sort());
});
