import { type Tree, visitNotIgnoredFiles, workspaceRoot } from '@nx/devkit';
import { FsTree } from 'nx/src/generators/tree';
import { appsOf, removeApps } from '../system.ts';
import { filesBeside, placesOf } from '../workspace.ts';

/** The workspace as a generator sees it: what is written stays in memory. It has these apps alone, whatever else there is. */
export const workspaceTree = (kept: readonly string[] = []): Tree => {
  const tree = new FsTree(workspaceRoot, false);
  const names = appsOf(tree)
    .map(({ name }) => name)
    .filter((name) => !kept.includes(name));
  removeApps(tree, names);
  for (const name of names) {
    const service = placesOf(tree, name);
    for (const folder of [service.root, service.protoFolder])
      visitNotIgnoredFiles(tree, folder, (file) => tree.delete(file));
    for (const file of filesBeside(service)) tree.delete(file);
  }
  return tree;
};

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
