import { posix } from 'node:path';
import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { SAMPLE } from './sample.ts';

/** The note on pages with examples from the shop. */
const NOTE = '> The examples are from the sample shop, which is no longer in this workspace.';
const NAME = SAMPLE.join('|');

/** Pages keep the shop as an example, without commands that need it and links to it. */
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

/** Without sections, paragraphs, items, rows and commands about removing the sample. */
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

/** Replaces links to missing files by their text, and drops sentences about missing specs. */
const unlink = (text: string, path: string, files: Set<string>): string => {
  const isThere = (target: string) => files.has(target) || [...files].some((file) => file.startsWith(`${target}/`));
  return text
    .replace(/^\[[\w.]+\.sample\.spec\.ts\]\([^)]*\)[^.]*\.\n/gm, '')
    .replace(/\[([^\]]*)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)]*)?\)/g, (link, label: string, target: string) =>
      isThere(posix.join(path, '..', target).replace(/\/$/, '')) ? link : label,
    );
};
