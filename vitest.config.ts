import { defineConfig } from 'vitest/config';

/** One configuration for every project: `vitest run --root <project>`. */
export default defineConfig({
  test: {
    include: process.env['BROKERS'] ? ['**/*.spec.ts'] : ['**/!(*.native).spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    passWithNoTests: true,
    reporters: ['default', new URL('tools/workspace/src/reporter.ts', import.meta.url).pathname],
    isolate: false, // Nest is imported once a worker, not once a file
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: [new URL('tools/system/src/test.setup.ts', import.meta.url).pathname],
    setupFiles: [new URL('tools/workspace/src/metadata.ts', import.meta.url).pathname],
  },
});
