import { defineConfig } from 'vitest/config';

/** What happens while something is away. It takes minutes: `npx nx run e2e:outages`. */
export default defineConfig({
  test: {
    include: ['outages/*.spec.ts'],
    reporters: ['default', new URL('../../tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    testTimeout: 900_000,
    hookTimeout: 120_000,
  },
});
