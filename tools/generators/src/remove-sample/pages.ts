import { posix } from 'node:path';
import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { SAMPLE } from './sample.ts';

/** What pages say on where their examples are from. */
const NOTE = '> The examples are from the sample shop, which is not in this workspace any more.';
const NAME = SAMPLE.join('|');

/** What anybody may still read of the shop is an example: no command runs it, and no link leads to it. */
export const rewordPages = (tree: Tree): void => {
  const files = filesOf(tree);
  for (const path of files)
    if (path.endsWith('.md') || path === 'docker/Dockerfile') {
      const text = tree.read(path, 'utf8')!;
      const reworded = unlink(withoutCommands(withoutThis(text)), path, files);
      const isPage = /^docs\/[^/]+\.md$/.test(path) && new RegExp(`\\b(${NAME}|shop)\\b`, 'i').test(reworded);
      const noted = isPage ? reworded.replace(/^(# .+\n)/, `$1\n${NOTE}\n`) : reworded;
      if (noted !== text) tree.write(path, noted);
    }
};

const filesOf = (tree: Tree): Set<string> => {
  const files = new Set<string>();
  visitNotIgnoredFiles(tree, '.', (path) => void files.add(path));
  return files;
};

/** No section, paragraph, item, row or command on how to remove the sample. */
const withoutThis = (text: string): string =>
  text
    .replace(/^(##+) .*\bremove\b.*\bsample\b.*\n(?:(?!#+ ).*\n|\1#+ .*\n)*/gim, '')
    .replace(/^([-*]|\d+\.) .*remove-sample.*\n(?: +.*\n)*/gm, '')
    .replace(/^(\||npx ).*remove-sample.*\n/gm, '')
    .replace(/^[A-Za-z`*[](?:.+\n)*?.*remove-sample.*\n(?:.+\n)*\n?/gm, '');

const withoutCommands = (text: string): string =>
  text
    .replace(new RegExp(`^(curl|grpcurl|amqp-\\w+|kcat|echo) .*\\b(${NAME})\\b.*\\n`, 'gm'), '')
    .replace(new RegExp(`\\b(nx (?:[a-z][\\w,-]* )+|nx run )(${NAME})\\b`, 'g'), '$1<app>')
    .replace(new RegExp(`(--build-arg APP=|--without=|-t [\\w-]+/)(${NAME})\\b`, 'g'), '$1<app>');

/** Keeps the text of links to files that are not there; a sentence about a test that is not goes. */
const unlink = (text: string, path: string, files: Set<string>): string => {
  const isThere = (target: string) => files.has(target) || [...files].some((file) => file.startsWith(`${target}/`));
  return text
    .replace(/^\[[\w.]+\.sample\.spec\.ts\]\([^)]*\)[^.]*\.\n/gm, '')
    .replace(/\[([^\]]*)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)]*)?\)/g, (link, label: string, target: string) =>
      isThere(posix.join(path, '..', target).replace(/\/$/, '')) ? link : label,
    );
};
