import type { Tree } from '@nx/devkit';
import ts from 'typescript';
import { Source } from '../editing/source.ts';

/** An event that a contract declares. */
export interface DeclaredEvent {
  /** `ticketClosed` */
  name: string;
  /** The file of libs/contracts that declares it, without its extension: `tickets` */
  contract: string;
  /** `TicketClosedDto` */
  dto: string;
  /** The field that is its key: `ticketId` */
  key: string;
}

/** Every event of libs/contracts: exported, and declared with `event(…)`. */
export const eventsOf = (tree: Tree): DeclaredEvent[] =>
  tree
    .children('libs/contracts/src')
    .filter((file) => /^[a-z][a-z0-9-]*\.ts$/.test(file))
    .flatMap((file) => {
      const source = new Source(tree, `libs/contracts/src/${file}`);
      return [...source.exported()].flatMap(([name, node]) => {
        const options = optionsOf(node);
        if (!options) return [];
        const text = (property: string) =>
          source.propertyOf(options, property)?.getText().replaceAll(/['"]/g, '') ?? '';
        return [{ name, contract: file.replace(/\.ts$/, ''), dto: text('input'), key: text('key') }];
      });
    });

const optionsOf = (node: ts.Node): ts.ObjectLiteralExpression | undefined => {
  if (!ts.isVariableDeclaration(node) || !node.initializer || !ts.isCallExpression(node.initializer)) return undefined;
  const { expression, arguments: given } = node.initializer;
  const options = given[2];
  return expression.getText() === 'event' && options && ts.isObjectLiteralExpression(options) ? options : undefined;
};
