import { defineConfig } from 'vitest/config';

/** One configuration for every project: `vitest run --root <project>`. */
export default defineConfig({
  test: {
    // *.brokers.spec.ts run over embedded brokers, and once more over native ones; *.native.spec.ts over native ones alone
    include: process.env['BROKERS'] === 'native' ? ['**/*.{brokers,native}.spec.ts'] : ['**/!(*.native).spec.ts'],
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
