import { defineConfig } from 'vitest/config';

/** Cancellations that race with settlements: `npx nx run e2e:races`. */
export default defineConfig({
  test: {
    include: ['races/*.spec.ts'],
    reporters: ['default', new URL('../../tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
  },
});
