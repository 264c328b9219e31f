/** `nx g remove-sample`: removes the sample shop, and this generator with it. */
import { join } from 'node:path';
import { generateFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { finish } from '../writing/finish.ts';
import { scopeOf } from '../workspace/services.ts';
import { removeEntries } from './entries.ts';
import { checkUnused, sampleOf } from './sample.ts';
import { rewordPages } from './pages.ts';

export default async function removeSample(tree: Tree): Promise<GeneratorCallback> {
  const paths = sampleOf(tree);
  checkUnused(tree, paths);
  const title = /^# (.+)$/m.exec(tree.read('README.md', 'utf8') ?? '')?.[1] ?? scopeOf(tree).slice(1);

  for (const path of [...paths, 'tools/generators/src/remove-sample']) tree.delete(path);
  removeEntries(tree);
  const guide = tree.exists('docs/make-it-yours.md');
  generateFiles(tree, join(import.meta.dirname, 'files'), '.', { title, guide });
  rewordPages(tree);
  return finish(tree, {
    install: true, // the lock has the apps
    next: [
      ['npx nx g service first --transports=http,grpc', 'a service of your own'],
      ['npm test', 'checks everything'],
    ],
  });
}
