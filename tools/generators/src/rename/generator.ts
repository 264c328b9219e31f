/**
 * Gives the workspace another name, as often as one likes.
 *
 * The name is replaced wherever it stands and however it is written, which is safe because the name is a word that occurs
 * nowhere else: where the wanted scope is such a word, the product gets it too. Where the code has the word already (test, app),
 * the packages alone get it, since nothing else looks like a scope, and the product gets `-workspace` behind it. So the next
 * rename finds all of the name, and no test.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type GeneratorCallback, type Tree, updateJson, visitNotIgnoredFiles } from '@nx/devkit';
import { finish } from '../writing/finish.ts';
import { wantedNames } from './check.ts';
import { type Names, namesOf, type RenameOptions } from './workspace-names.ts';
import { rewording } from './rewording.ts';

const PRINT_WIDTH = 120; // .prettierrc.json
const LOCK = 'package-lock.json';
/** The copyright notice of those who wrote it stays (MIT). */
const KEPT = new Set(['LICENSE', LOCK]);

export default async function rename(tree: Tree, options: RenameOptions): Promise<GeneratorCallback> {
  const from = namesOf(tree);
  const to = wantedNames(tree, from, options);
  const reword = rewording(from, to);
  const laidOut: Array<() => void> = [];
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (KEPT.has(path)) return;
    const text = textOf(tree, path);
    const [moved, reworded] = [reword(path), reword(text)];
    if (moved !== path) tree.rename(path, moved);
    if (reworded === text) return;
    const write = () => tree.write(moved, reworded);
    if (isLaidOut(text, reworded)) laidOut.push(write);
    else write();
  });
  const follow = await finish(tree, { install: true, next: [['npm test', 'all holds']] }); // formats what is written by now
  for (const write of laidOut) write();
  renameLock(tree, from, to);
  return async () => {
    if (from.scope !== to.scope) await rm(linksOf(tree, from), { recursive: true, force: true }); // npm would leave some
    console.log(summaryOf(from, to).join('\n'));
    await follow();
  };
}

const linksOf = (tree: Tree, { scope }: Names) => join(tree.root, 'node_modules', `@${scope}`);

/** Of what is no text, nothing. */
function textOf(tree: Tree, path: string): string {
  const content = tree.read(path)!;
  return content.includes(0) ? '' : content.toString();
}

/** Whether it needs no formatting, which takes the most time: all that changed are imports that stay on their one line. */
function isLaidOut(before: string, after: string): boolean {
  const were = before.split('\n');
  return after
    .split('\n')
    .every(
      (line, at) => line === were[at] || (line.length <= PRINT_WIDTH && /^(import|export) .* from '.*';$/.test(line)),
    );
}

/** By its structure: checksums may hold any word. */
function renameLock(tree: Tree, from: Names, to: Names): void {
  updateJson(tree, LOCK, (lock) => {
    lock.name = lock.packages[''].name = to.product;
    return JSON.parse(JSON.stringify(lock).replaceAll(`@${from.scope}/`, `@${to.scope}/`));
  });
}

function summaryOf(from: Names, to: Names): string[] {
  const why = to.product.startsWith(`${to.scope}-`) ? `, for "${to.scope}" is a word of the code already` : '';
  return [
    ...changed(`packages are @${to.scope}/…`, `@${from.scope}/…`, from.scope !== to.scope),
    ...changed(`all else is called ${to.product}${why}`, from.product, from.product !== to.product),
    ...changed(
      `proto packages are ${to.protoPackage}.…`,
      `${from.protoPackage}.…`,
      from.protoPackage !== to.protoPackage,
    ),
    'LICENSE is as it was: the MIT licence wants its notice kept; add a line of your own',
  ];
}

const changed = (now: string, before: string, is: boolean) => (is ? [`${now}, before: ${before}`] : []);
