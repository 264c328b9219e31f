import { type Tree, updateJson } from '@nx/devkit';
import { removeApps } from '../workspace/apps.ts';
import { SAMPLE } from './sample.ts';

/** The entries of the sample in the files that name every app, and that of this generator. */
export const removeEntries = (tree: Tree): void => {
  removeApps(tree, SAMPLE);
  updateJson(tree, 'tools/generators/generators.json', ({ generators, ...rest }) => {
    const { 'remove-sample': _, ...others } = generators;
    return { ...rest, generators: others };
  });
};
