import { defineConfig } from 'vitest/config';

/** Histories of the shop and of payments while everything around them misbehaves: `npx nx faults e2e`, docs/faults.md. */
export default defineConfig({
  test: {
    include: ['faults/*.spec.ts'],
    reporters: ['default', new URL('../../tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    fileParallelism: false, // each keeps the whole machine busy
    hookTimeout: 120_000,
  },
});
