import { type Tree, workspaceRoot } from '@nx/devkit';
import { FsTree } from 'nx/src/generators/tree';

/** The workspace as a generator sees it: what is written stays in memory. */
export const workspaceTree = (): Tree => new FsTree(workspaceRoot, false);

/** Runs a generator that must refuse: its message, and nothing is written. */
export const refusal = async (tree: Tree, run: () => Promise<unknown>): Promise<string> => {
  const before = tree.listChanges().map(({ path, content }) => `${path}\n${content}`);
  const error = await run().then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const after = tree.listChanges().map(({ path, content }) => `${path}\n${content}`);
  if (after.join() !== before.join()) throw new Error('it has written something, though it refused');
  if (!error) throw new Error('it did not refuse');
  return error.message;
};
