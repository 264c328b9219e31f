import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { createNodesFromFiles, type CreateNodesV2, type TargetConfiguration } from '@nx/devkit';

/** Gives every package of the workspace its targets, so that none is written twice. */
export const createNodesV2: CreateNodesV2 = [
  '{apps,libs,tools}/*/package.json',
  (files, options, context) =>
    createNodesFromFiles(
      (file) => {
        const root = dirname(file);
        return {
          projects: {
            [root]: { name: basename(root), root, targets: targetsOf(root, context.workspaceRoot), ...kindOf(root) },
          },
        };
      },
      files,
      options,
      context,
    ),
];

function kindOf(root: string) {
  const isApp = root.startsWith('apps/');
  return { projectType: isApp ? ('application' as const) : ('library' as const), tags: [`kind:${root.split('/')[0]}`] };
}

function targetsOf(root: string, workspace: string): Record<string, TargetConfiguration> {
  const has = (path: string) => existsSync(join(workspace, root, path));
  return {
    typecheck: { ...cached(`node node_modules/ts7/bin/tsc -p ${root}/tsconfig.json`), inputs: ['default', '^default'] },
    lint: { ...cached(`oxlint --deny-warnings ${root}`), inputs: ['default', 'lintRules'] },
    test: {
      ...cached(`vitest run --root ${root} --config ${relative(root, 'vitest.config.ts')}`),
      inputs: ['default', '^default'],
    },
    build: {
      ...cached(`node tools/workspace/src/build.ts ${root}`),
      inputs: ['production', '^production', '{workspaceRoot}/tools/workspace/src/build.ts'],
      outputs: ['{projectRoot}/dist'],
    },
    ...(root.startsWith('apps/') && {
      serve: { command: `node tools/workspace/src/serve.ts ${root}`, options: { cwd: '.' }, continuous: true },
    }),
    ...(has('drizzle.config.ts') && {
      migration: { command: `drizzle-kit generate --config ${root}/drizzle.config.ts` },
    }),
  };
}

const cached = (command: string): TargetConfiguration => ({ command, cache: true, options: { cwd: '.' } });
