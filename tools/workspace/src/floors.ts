/**
 * Imports only point down: apps -> service -> transport, outbox -> contracts. Nothing imports an app, nothing but tests looks
 * at tools and e2e. Checked over the source, so that a dependency that package.json hides is seen too.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** What each project may import, by the folder it is in. */
const BELOW: Record<string, readonly string[]> = {
  'libs/contracts': [],
  'libs/transport': ['libs/contracts'],
  'libs/outbox': ['libs/contracts', 'libs/transport'],
  'libs/service': ['libs/contracts', 'libs/transport', 'libs/outbox'],
};
const LIBS = Object.keys(BELOW);

const folders = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).map((file) =>
  file.replace('/package.json', ''),
);
const folderOf = new Map(folders.map((folder) => [nameOf(folder), folder]));
const breaches = folders.filter((folder) => !folder.startsWith('tools/')).flatMap(breachesOf);
for (const breach of breaches) console.error(breach);
console.log(`floors: ${folders.length} projects, ${breaches.length} imports that do not point down`);
process.exitCode = breaches.length ? 1 : 0;

function breachesOf(folder: string): string[] {
  const allowed = new Set([folder, ...(BELOW[folder] ?? LIBS)]);
  return globSync(`${folder}/src/**/*.ts`, { cwd: root })
    .filter((file) => !/\.(spec|suite|fixture)\.ts$/.test(file))
    .flatMap((file) =>
      importsOf(file)
        .map((specifier) => targetOf(file, specifier))
        .filter((target) => target !== undefined && !allowed.has(target))
        .map((target) => `${file}: imports ${target}, which is not below ${folder}`),
    );
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, specifier]) => specifier!);
}

/** The project that an import leads to, if it is one of this workspace. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(file, '..', specifier).split('/').slice(0, 2).join('/');
  return folderOf.get(specifier.split('/').slice(0, 2).join('/'));
}

function nameOf(folder: string): string {
  return (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string }).name;
}
