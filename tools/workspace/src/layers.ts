/**
 * Checks every import of the workspace. It points down (an app imports libs, a lib the libs below it); it stays inside its
 * project or names an entry point of another one; and the project's own package.json declares the package.
 */
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { importsOf, isExported, type Project, projectsOf, sourcesOf } from './projects.ts';

/** The libs, the lowest first. Each may import those before it, an app all of them. */
const LAYERS = ['libs/contracts', 'libs/transport', 'libs/messaging', 'libs/service'];

/** Tests and what they use, type tests, and the configuration of development tools. */
const DEVELOPMENT =
  /\.(spec|suite|fixture|driver|types)\.ts$|\/(conformance|testing|fixtures|bench)\/|\/(drizzle|vitest)\.config\.ts$/;

const FOR_TESTS = 'which is for tests only';

export interface Checked {
  projects: number;
  imports: number;
  mistakes: string[];
}

export function checkImports(workspace: string): Checked {
  const projects = projectsOf(workspace);
  const imports = projects.flatMap((project) =>
    sourcesOf(workspace, project).flatMap((file) =>
      importsOf(workspace, file).map((specifier) => ({ project, file, specifier })),
    ),
  );
  const mistakes = [
    ...withoutLayer(projects),
    ...imports.flatMap((it) => {
      const mistake = mistakeOf(it.project, it.file, it.specifier, projects);
      return mistake ? [`${it.file}: imports "${it.specifier}", ${mistake}`] : [];
    }),
  ];
  return { projects: projects.length, imports: imports.length, mistakes };
}

function mistakeOf(project: Project, file: string, specifier: string, projects: Project[]): string | undefined {
  if (specifier.startsWith('.')) return relativeMistakeOf(project, file, join(file, '..', specifier));
  if (isBuiltin(specifier)) return undefined;
  const name = packageOf(specifier);
  const target = projects.find((it) => it.name === name);
  if (target && !mayImport(project, target, isDevelopment(file)))
    return `but ${target.folder} is not a layer below ${project.folder}`;
  if (target && !isExported(target, specifier))
    return `which is not an entry point: "exports" of ${target.folder}/package.json does not list it`;
  if (target && isDevelopment(`${specifier}.ts`) && !isDevelopment(file)) return FOR_TESTS;
  if (target === project || project.dependencies.has(name)) return undefined;
  if (!isDevelopment(file)) return `but "dependencies" of ${project.folder}/package.json does not list ${name}`;
  return project.devDependencies.has(name)
    ? undefined
    : `but ${project.folder}/package.json lists ${name} neither in "dependencies" nor in "devDependencies"`;
}

function relativeMistakeOf({ folder }: Project, file: string, target: string): string | undefined {
  const isInside = target.startsWith(`${folder}/`) || !target.includes('/'); // the workspace's own vitest.config.ts
  if (!isInside) return `which is outside of ${folder}: import another project by its package name`;
  return isDevelopment(target) && !isDevelopment(file) ? FOR_TESTS : undefined;
}

/** Apps and libs import the libs below them, their tests also tools; tools and e2e import anything. */
function mayImport(from: Project, to: Project, isTest: boolean): boolean {
  if (from === to || isTool(from.folder)) return true;
  if (isTool(to.folder)) return isTest;
  const below = from.folder.startsWith('apps/') ? LAYERS : LAYERS.slice(0, LAYERS.indexOf(from.folder));
  return below.includes(to.folder);
}

function withoutLayer(projects: Project[]): string[] {
  return projects
    .filter(({ folder }) => folder.startsWith('libs/') && !LAYERS.includes(folder))
    .map(({ folder }) => `${folder}: is missing in LAYERS of tools/workspace/src/layers.ts`);
}

/** Whether a file runs on developers' machines only, where devDependencies are installed. */
const isDevelopment = (file: string) => isTool(file) || DEVELOPMENT.test(file);
const isTool = (path: string) => /^(tools|e2e)(\/|$)/.test(path);

/** `@fourfold/transport/http` -> `@fourfold/transport`, `rxjs/operators` -> `rxjs` */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

if (import.meta.main) {
  const { projects, imports, mistakes } = checkImports(resolve(import.meta.dirname, '../../..'));
  for (const mistake of mistakes) console.error(mistake);
  console.log(`Imports: ${imports} checked in ${projects} projects, ${mistakes.length || 'none'} wrong`);
  process.exitCode = mistakes.length ? 1 : 0;
}
