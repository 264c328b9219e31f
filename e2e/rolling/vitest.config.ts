import { defineConfig } from 'vitest/config';

/** What callers notice while apps are restarted. It takes minutes: `npx nx run e2e:rolling`. */
export default defineConfig({
  test: {
    include: ['rolling/*.spec.ts'],
    reporters: ['default', new URL('../../tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
});
