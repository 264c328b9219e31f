import { generateFiles, OverwriteStrategy, type Tree } from '@nx/devkit';

/** Writes files from templates. Throws if one of them exists, so that nothing reaches the disk. */
export const newFiles = (tree: Tree, from: string, to: string, variables: object): void =>
  generateFiles(tree, from, to, variables as Record<string, unknown>, {
    overwriteStrategy: OverwriteStrategy.ThrowIfExisting,
  });
