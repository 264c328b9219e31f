import { type Tree, updateJson } from '@nx/devkit';
import ts from 'typescript';
import { parseDocument } from 'yaml';
import { SAMPLE } from './sample.ts';

const SYSTEM = 'tools/system/src/system.ts';
const COMPOSE = 'docker/compose.yaml';
const DATABASES = 'docker/databases.sql';

/** The entries of the sample in the files that name every app, and that of this generator. */
export const removeEntries = (tree: Tree): void => {
  tree.write(SYSTEM, withoutApps(tree.read(SYSTEM, 'utf8')!));
  tree.write(COMPOSE, withoutServices(tree.read(COMPOSE, 'utf8')!));
  tree.write(DATABASES, withoutDatabases(tree.read(DATABASES, 'utf8')!));
  updateJson(tree, 'tools/generators/generators.json', ({ generators, ...rest }) => {
    const { 'remove-sample': _, ...others } = generators;
    return { ...rest, generators: others };
  });
};

/** Each entry goes with its comma and the comments above it. */
const withoutApps = (text: string): string => {
  const file = ts.createSourceFile(SYSTEM, text, ts.ScriptTarget.Latest, true);
  const array = appsIn(file);
  const entries = array.elements;
  const kept = entries.map((entry, index) => {
    const isSample = SAMPLE.some((name) => new RegExp(`\\bname: ['"]${name}['"]`).test(entry.getText(file)));
    return isSample ? '' : text.slice(entry.pos, entries[index + 1]?.pos ?? entry.end);
  });
  return `${text.slice(0, entries.pos)}${kept.join('')}${text.slice(kept.some(Boolean) ? entries.end : array.end - 1)}`;
};

const appsIn = (file: ts.SourceFile): ts.ArrayLiteralExpression => {
  const found = file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .find(({ name }) => name.getText(file) === 'apps')?.initializer;
  if (!found || !ts.isArrayLiteralExpression(found)) throw new Error(`${SYSTEM} has no array apps`);
  return found;
};

const withoutServices = (text: string): string => {
  const document = parseDocument(text);
  for (const app of SAMPLE) document.deleteIn(['services', app]);
  return document.toString({ lineWidth: 0 });
};

const withoutDatabases = (text: string): string =>
  text.replace(new RegExp(`^create database "?(${SAMPLE.join('|')})"?;\\n`, 'gm'), '');
