import { defineConfig } from 'vitest/config';

/** Histories over brokers that misbehave by a seed: `npx nx run e2e:faults`. */
export default defineConfig({
  test: {
    include: ['faults/*.spec.ts'],
    reporters: ['default', new URL('../../tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    testTimeout: 900_000,
    hookTimeout: 120_000,
  },
});
