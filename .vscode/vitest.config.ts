/** All projects at once, each as `nx test` runs it: for the extension of vitest, and to debug the tests of an open file. */
import { globSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '..');
const folders = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).map((file) => resolve(root, dirname(file)));

export default defineConfig({
  root,
  test: {
    projects: [
      ...folders.map((folder) => ({
        extends: resolve(root, 'vitest.config.ts'),
        root: folder,
        test: { name: basename(folder) },
      })),
      resolve(root, 'e2e'),
    ],
  },
});
