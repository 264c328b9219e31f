import type { Tree } from '@nx/devkit';
import serviceGenerator from '../service/generator.ts';
import { workspaceTree } from './tree.ts';

/** The workspace with two generated services: tickets, which has a database, and reports, which has none. */
export const withServices = async (): Promise<Tree> => {
  const tree = workspaceTree();
  await serviceGenerator(tree, { name: 'tickets', transports: ['http', 'grpc'], database: true });
  await serviceGenerator(tree, { name: 'reports', transports: ['http'] });
  return tree;
};

/** A file in one line, so that formatting does not matter. */
export const oneLine = (tree: Tree, path: string): string => tree.read(path, 'utf8')!.replaceAll(/\s+/g, ' ');
