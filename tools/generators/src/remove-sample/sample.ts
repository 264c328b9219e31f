import { join, posix } from 'node:path';
import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { appsOf } from '../workspace/apps.ts';
import { protoRootOf, scopeOf } from '../workspace/services.ts';

/** The apps of the sample shop. */
export const SAMPLE = ['gateway', 'orders', 'inventory', 'payments', 'notifications'];

/** Its end-to-end specs, with what REST means by its example, and the lanes of e2e that drive it. */
const STORIES = ['nginx.ts', 'rest', 'shop.ts', 'story.spec.ts', 'transports.spec.ts'].map((file) => `e2e/src/${file}`);
const LANES = ['chaos', 'faults', 'outages', 'page', 'races', 'rolling'].map((folder) => `e2e/${folder}`);

/** The files and folders that only the sample has. Throws if none of its apps exists. */
export const sampleOf = (tree: Tree): string[] => {
  const apps = tree.children('apps').filter((app) => SAMPLE.includes(app));
  if (!apps.length) throw new Error('There is no sample shop in this workspace: nothing to remove');
  const root = protoRootOf(tree);
  const generated = 'libs/contracts/src/gen';
  const contracts = tree
    .children('libs/contracts/src')
    .filter((file) => SAMPLE.includes(file.split('.')[0]!) && file.endsWith('.ts'))
    .map((file) => `libs/contracts/src/${file}`);
  const folders = SAMPLE.flatMap((app) => [
    `proto/${root}/${app}`,
    `${generated}/${root}/${app}`,
    `tools/leaving/decorators/${app}`,
    `tools/leaving/servers/${app}`,
  ]);
  const specs: string[] = [];
  visitNotIgnoredFiles(tree, 'tools', (path) => void (path.endsWith('.sample.spec.ts') && specs.push(path)));
  return [
    ...apps.map((app) => `apps/${app}`),
    ...contracts,
    ...[...folders, ...LANES].filter((folder) => tree.children(folder).length),
    ...STORIES,
    ...specs,
  ];
};

/** Throws if something that stays uses the sample. The error names both. */
export const checkUnused = (tree: Tree, paths: string[]): void => {
  const uses = [...importsOf(tree, paths), ...callsOf(tree)];
  if (uses.length) throw new Error(`The sample shop is still in use, change these first: ${uses.join('; ')}`);
};

const callsOf = (tree: Tree): string[] =>
  appsOf(tree)
    .filter(({ name }) => !SAMPLE.includes(name))
    .flatMap(({ name, calls }) => calls.filter((target) => SAMPLE.includes(target)).map((target) => [name, target]))
    .map(([name, target]) => `${name} calls ${target} (tools/system/src/system.ts)`);

const importsOf = (tree: Tree, paths: string[]): string[] => {
  const goes = (path: string) =>
    paths.some((one) => path === one || path === one.replace(/\.ts$/, '') || path.startsWith(`${one}/`));
  const scope = scopeOf(tree);
  const uses: string[] = [];
  const visit = (path: string) => {
    if (goes(path) || path.startsWith('tools/generators/src/remove-sample/') || !/\.(ts|proto)$/.test(path)) return;
    for (const [, specifier] of tree.read(path, 'utf8')!.matchAll(IMPORT))
      if (goes(targetOf(path, specifier!, scope))) uses.push(`${path} imports ${specifier}`);
  };
  for (const folder of ['apps', 'libs', 'proto', 'tools', 'e2e']) visitNotIgnoredFiles(tree, folder, visit);
  return uses;
};

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g;

/** The target of an import, as a path from the root of the workspace. */
const targetOf = (path: string, specifier: string, scope: string): string => {
  if (path.endsWith('.proto')) return `proto/${specifier}`;
  if (specifier.startsWith('.')) return posix.join(path, '..', specifier);
  if (!specifier.startsWith(`${scope}/`)) return specifier;
  const [project = '', ...entryPoint] = specifier.slice(scope.length + 1).split('/');
  return project === 'contracts' ? join('libs/contracts/src', ...entryPoint) : `apps/${project}`;
};
