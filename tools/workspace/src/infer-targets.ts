import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { createNodesFromFiles, type CreateNodesV2, type TargetConfiguration } from '@nx/devkit';

/** Nx plugin: gives every package of the workspace its targets, so that no package.json repeats them. */
export const createNodesV2: CreateNodesV2 = [
  '{{apps,libs,tools}/*,e2e}/package.json',
  (files, options, context) =>
    createNodesFromFiles(
      (file) => {
        const root = dirname(file);
        return {
          projects: {
            [root]: {
              name: basename(root),
              root,
              targets: targetsOf(root, context.workspaceRoot),
              ...kindOf(root),
              ...(root === 'libs/contracts' && {
                namedInputs: { default: [...DEFAULT, '{workspaceRoot}/proto/**/*'] },
              }),
              ...(root === 'e2e' && { implicitDependencies: appsOf(context.workspaceRoot) }),
            },
          },
        };
      },
      files,
      options,
      context,
    ),
];

/** The `default` inputs of nx.json; contracts also depend on proto/. */
const DEFAULT = ['{projectRoot}/**/*', '!{projectRoot}/dist/**', 'sharedGlobals'];

/** Packages of all apps: e2e runs them, but does not import them. */
function appsOf(workspace: string): string[] {
  return globSync('apps/*/package.json', { cwd: workspace }).map(
    (file) => JSON.parse(readFileSync(join(workspace, file), 'utf8')).name,
  );
}

function kindOf(root: string) {
  const isApp = root.startsWith('apps/');
  return { projectType: isApp ? ('application' as const) : ('library' as const), tags: [`kind:${root.split('/')[0]}`] };
}

function targetsOf(root: string, workspace: string): Record<string, TargetConfiguration> {
  const has = (pattern: string) => globSync(join(root, pattern), { cwd: workspace }).length > 0;
  const vitest = `vitest run --root ${root} --config ${relative(root, 'vitest.config.ts')}`;
  const checks = {
    typecheck: { ...cached(typecheckOf(root, has('tsconfig.web.json'))), inputs: ['default', '^default'] },
    lint: { ...cached(`oxlint --deny-warnings ${root}`), inputs: ['default', 'lintRules'] },
  };
  if (root === 'e2e')
    return {
      ...checks,
      e2e: { command: 'vitest run --root e2e', options: { cwd: '.' } },
      ...(has('outages/*.spec.ts') && { outages: e2eLane('outages') }),
      ...(has('faults/*.spec.ts') && { faults: e2eLane('faults') }),
      ...(has('page/*.spec.ts') && { page: e2eLane('page') }),
      ...(has('races/*.spec.ts') && { races: e2eLane('races') }),
      ...(has('rolling/*.spec.ts') && { rolling: e2eLane('rolling') }),
      ...(has('chaos/chaos.ts') && { chaos: { command: CHAOS, options: { cwd: '.' } } }),
    };
  return {
    ...(root === 'tools/workspace' && { check: { command: 'npm run check', options: { cwd: '.' } } }),
    ...checks,
    test: { ...cached(vitest), inputs: ['default', '^default'] },
    build: {
      ...cached(`node tools/workspace/src/build.ts ${root}`),
      inputs: ['production', '^production', '{workspaceRoot}/tools/workspace/src/build.ts'],
      outputs: ['{projectRoot}/dist'],
    },
    ...(has('**/*.{brokers,native}.spec.ts') && {
      native: { command: vitest, options: { cwd: '.', env: { BROKERS: 'native' } } },
    }),
    ...(has('**/*.{workspace,sample}.spec.ts') && {
      workspace: { command: vitest, options: { cwd: '.', env: { SPECS: 'workspace' } } },
    }),
    ...(has('**/*.faults.spec.ts') && {
      faults: { command: vitest, options: { cwd: '.', env: { SPECS: 'faults' } } },
    }),
    ...(has('**/*.bench.spec.ts') && {
      bench: { command: vitest, options: { cwd: '.', env: { SPECS: 'bench' } } },
    }),
    ...(root.startsWith('apps/') && {
      serve: { command: `node tools/workspace/src/serve.ts ${root}`, options: { cwd: '.' }, continuous: true },
    }),
    ...(has('drizzle.config.ts') && {
      migration: { command: `drizzle-kit generate --config ${root}/drizzle.config.ts`, options: { cwd: '.' } },
    }),
  };
}

/** Code for browsers has types of its own: there is a DOM, and no Node. */
const typecheckOf = (root: string, hasWeb: boolean): string =>
  ['tsconfig.json', ...(hasWeb ? ['tsconfig.web.json'] : [])]
    .map((file) => `node node_modules/ts7/bin/tsc -p ${root}/${file}`)
    .join(' && ');

/** As the script `chaos` of package.json; it takes further arguments: `npx nx run e2e:chaos --minutes=3`. */
const CHAOS = 'node --disable-warning=TimeoutNegativeWarning e2e/chaos/chaos.ts';

/** The specs of a folder of e2e that take long. */
const e2eLane = (folder: string): TargetConfiguration => ({
  command: `vitest run --root e2e --config ${folder}/vitest.config.ts`,
  options: { cwd: '.' },
});

const cached = (command: string): TargetConfiguration => ({ command, cache: true, options: { cwd: '.' } });
