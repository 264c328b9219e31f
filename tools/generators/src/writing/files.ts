import { generateFiles, OverwriteStrategy, type Tree } from '@nx/devkit';

/** Files from templates. One that is there already is never written over: then nothing at all reaches the disk. */
export const newFiles = (tree: Tree, from: string, to: string, variables: object): void =>
  generateFiles(tree, from, to, variables as Record<string, unknown>, {
    overwriteStrategy: OverwriteStrategy.ThrowIfExisting,
  });
