import { type Tree, visitNotIgnoredFiles, workspaceRoot } from '@nx/devkit';
import { FsTree } from 'nx/src/generators/tree';
import { formsOf } from '../workspace/names.ts';
import { appsOf, removeApps } from '../workspace/apps.ts';
import { protoPackagesOf, protoRootOf } from '../workspace/services.ts';

const CONTRACTS = 'libs/contracts/src';
/** The contract files that every workspace has. */
const SHARED = /^idempotency\.errors\.ts$|\.(fixture|spec)\.ts$/;

/**
 * The workspace as a generator sees it: what is written stays in memory. Of the apps, it has only these, with their contracts,
 * protos and end-to-end specs, whatever else somebody generated or wrote.
 */
export const workspaceTree = (kept: readonly string[] = []): Tree => {
  const tree = new FsTree(workspaceRoot, false);
  const isKept = (name: string) => kept.includes(name);
  const apps = appsOf(tree).map(({ name }) => name);
  removeApps(
    tree,
    apps.filter((name) => !isKept(name)),
  );
  const unwanted = [
    ...foldersIn(tree, 'apps')
      .filter((name) => !isKept(name))
      .map((name) => `apps/${name}`),
    ...protosOf(tree, kept),
    ...contractsOf(tree)
      .filter((file) => !isKept(file.split('.')[0]!))
      .map((file) => `${CONTRACTS}/${file}`),
    ...apps.filter((name) => !isKept(name)).map((name) => `e2e/src/${name}.spec.ts`),
  ];
  for (const path of unwanted) remove(tree, path);
  return tree;
};

/** Also deletes each file of a folder, because the tree would still read them. */
const remove = (tree: Tree, path: string): void => {
  if (!tree.isFile(path)) visitNotIgnoredFiles(tree, path, (file) => tree.delete(file));
  tree.delete(path);
};

const foldersIn = (tree: Tree, folder: string): string[] =>
  tree.children(folder).filter((name) => !tree.isFile(`${folder}/${name}`));

/** The folders of protos, except those of the kept apps and the shared types. */
const protosOf = (tree: Tree, kept: readonly string[]): string[] => {
  const stays = ['type', ...kept.map((name) => formsOf(name).snake)];
  return protoPackagesOf(tree).flatMap((root) =>
    foldersIn(tree, `proto/${root}`)
      .filter((name) => !stays.includes(name) || (name === 'type' && root !== protoRootOf(tree)))
      .map((name) => `proto/${root}/${name}`),
  );
};

/** The files that declare a contract, an event or an error by name. */
const contractsOf = (tree: Tree): string[] =>
  tree
    .children(CONTRACTS)
    .filter((file) => tree.isFile(`${CONTRACTS}/${file}`) && !SHARED.test(file))
    .filter((file) =>
      /^export const \w+ = (contract|event|defineError)\b/m.test(tree.read(`${CONTRACTS}/${file}`, 'utf8')!),
    );

/** The message of a generator that must refuse, and must write nothing. */
export const refusal = async (tree: Tree, run: () => Promise<unknown>): Promise<string> => {
  const before = tree.listChanges().map(({ path, content }) => `${path}\n${content}`);
  const error = await run().then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const after = tree.listChanges().map(({ path, content }) => `${path}\n${content}`);
  if (after.join() !== before.join()) throw new Error('the generator wrote something, though it refused');
  if (!error) throw new Error('the generator did not refuse');
  return error.message;
};
