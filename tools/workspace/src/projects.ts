import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** A package of this workspace. */
export interface Project {
  /** Relative to the workspace: `libs/transport`. */
  folder: string;
  name: string;
  /** As in package.json: `{ "./*": "./src/*.ts" }`, or one key for each entry point. */
  exports: Record<string, unknown>;
  /** Names of packages that its source may import. */
  dependencies: Set<string>;
  /** Names of packages that its tests may import besides. */
  devDependencies: Set<string>;
}

export function projectsOf(workspace: string): Project[] {
  const shared = Object.keys(manifestOf(workspace, 'package.json').devDependencies ?? {});
  return globSync('{{apps,libs,tools}/*,e2e}/package.json', { cwd: workspace }).map((file) => {
    const { name, exports = {}, dependencies, optionalDependencies, devDependencies } = manifestOf(workspace, file);
    return {
      folder: dirname(file),
      name,
      exports,
      dependencies: new Set(Object.keys({ ...dependencies, ...optionalDependencies })),
      devDependencies: new Set([...Object.keys({ ...devDependencies }), ...shared]),
    };
  });
}

/** The TypeScript files of a project, relative to the workspace. */
export function sourcesOf(workspace: string, { folder }: Project): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: workspace, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) });
}

/** What a file imports or exports from: values and types, static and dynamic. */
export function importsOf(workspace: string, file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(workspace, file), 'utf8'), true, false);
  return importedFiles.map(({ fileName }) => fileName);
}

/** Whether `exports` has an entry for this path of the package, as Node resolves it: an exact key, else the longest pattern. */
export function isExported({ name, exports }: Project, specifier: string): boolean {
  const path = `.${specifier.slice(name.length)}`;
  if (path in exports) return exports[path] !== null;
  const [pattern] = Object.keys(exports)
    .filter((key) => key.includes('*') && matches(key, path))
    .sort((a, b) => b.indexOf('*') - a.indexOf('*') || b.length - a.length);
  return pattern !== undefined && exports[pattern] !== null;
}

function matches(pattern: string, path: string): boolean {
  const [start, end] = pattern.split('*') as [string, string];
  return path.length >= pattern.length && path.startsWith(start) && path.endsWith(end);
}

function manifestOf(workspace: string, file: string) {
  return JSON.parse(readFileSync(join(workspace, file), 'utf8'));
}
