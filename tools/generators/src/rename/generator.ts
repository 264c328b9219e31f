/**
 * Gives the workspace another name, as often as you like.
 *
 * The name is replaced wherever and however it is written. That is safe because it is a word with no other meaning here: if the
 * wanted scope is such a word, the product is called the same. If the code uses the word already (test, app), only the packages
 * are called so, because nothing else looks like a scope, and the product gets `-workspace` appended. So the next rename finds
 * every place of the name, and nothing else.
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
/** The copyright notice of its authors stays (MIT). */
const KEPT = new Set(['LICENSE', LOCK]);

export default async function rename(tree: Tree, options: RenameOptions): Promise<GeneratorCallback> {
  const from = namesOf(tree);
  const to = wantedNames(tree, from, options);
  const reword = rewording(from, to);
  const unformatted: Array<() => void> = [];
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (KEPT.has(path)) return;
    const text = textOf(tree, path);
    const [moved, reworded] = [reword(path), reword(text)];
    if (moved !== path) tree.rename(path, moved);
    if (reworded === text) return;
    const write = () => tree.write(moved, reworded);
    if (needsNoFormat(text, reworded)) unformatted.push(write);
    else write();
  });
  const follow = await finish(tree, { install: true, next: [['npm test', 'checks everything']] }); // formats what is written so far
  for (const write of unformatted) write();
  renameLock(tree, from, to);
  return async () => {
    if (from.scope !== to.scope) await rm(linksOf(tree, from), { recursive: true, force: true }); // npm would leave some
    console.log(summaryOf(from, to).join('\n'));
    await follow();
  };
}

const linksOf = (tree: Tree, { scope }: Names) => join(tree.root, 'node_modules', `@${scope}`);

/** Empty for a binary file. */
function textOf(tree: Tree, path: string): string {
  const content = tree.read(path)!;
  return content.includes(0) ? '' : content.toString();
}

/** Whether formatting, which is slow, can be skipped: only imports changed, and each of them still fits on its line. */
function needsNoFormat(before: string, after: string): boolean {
  const were = before.split('\n');
  return after
    .split('\n')
    .every(
      (line, at) => line === were[at] || (line.length <= PRINT_WIDTH && /^(import|export) .* from '.*';$/.test(line)),
    );
}

/** Edits the structure, because checksums may contain any word. */
function renameLock(tree: Tree, from: Names, to: Names): void {
  updateJson(tree, LOCK, (lock) => {
    lock.name = lock.packages[''].name = to.product;
    return JSON.parse(JSON.stringify(lock).replaceAll(`@${from.scope}/`, `@${to.scope}/`));
  });
}

function summaryOf(from: Names, to: Names): string[] {
  const why = to.product.startsWith(`${to.scope}-`) ? `, because the code uses the word "${to.scope}" already` : '';
  return [
    ...changed(`packages are @${to.scope}/…`, `@${from.scope}/…`, from.scope !== to.scope),
    ...changed(`everything else is called ${to.product}${why}`, from.product, from.product !== to.product),
    ...changed(
      `proto packages are ${to.protoPackage}.…`,
      `${from.protoPackage}.…`,
      from.protoPackage !== to.protoPackage,
    ),
    'LICENSE is unchanged: the MIT licence requires its notice; add a line of your own',
  ];
}

const changed = (now: string, before: string, is: boolean) => (is ? [`${now}, before: ${before}`] : []);
