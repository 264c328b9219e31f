import { type Tree, updateJson } from '@nx/devkit';
import { removeApps } from '../workspace/apps.ts';
import { scopeOf } from '../workspace/services.ts';
import { SAMPLE } from './sample.ts';

/** Packages that no other end-to-end spec uses. */
const ONLY_OF_STORIES = ['axe-core', 'playwright-core', 'url-template'];

/** Removes the apps of the sample from the files that name them, what only its tests use, and this generator. */
export const removeEntries = (tree: Tree): void => {
  removeApps(tree, SAMPLE);
  updateJson(tree, 'package.json', ({ scripts, ...rest }) => {
    const { chaos: _, ...others } = scripts;
    return { ...rest, scripts: others };
  });
  updateJson(tree, 'e2e/package.json', ({ devDependencies, ...rest }) => {
    const apps = SAMPLE.map((app) => `${scopeOf(tree)}/${app}`);
    return { ...rest, devDependencies: without(devDependencies, [...apps, ...ONLY_OF_STORIES]) };
  });
  updateJson(tree, 'tools/generators/generators.json', ({ generators, ...rest }) => {
    const { 'remove-sample': _, ...others } = generators;
    return { ...rest, generators: others };
  });
  updateJson(tree, 'tools/leaving/tsconfig.json', ({ compilerOptions: _, ...rest }) => rest); // rootDirs: what is left imports no app
};

const without = <T>(record: Record<string, T>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
