import { defineConfig } from 'vitest/config';

/** What people do with the page of the gateway, in Chromium: `npx nx run e2e:page`. */
export default defineConfig({
  test: {
    include: ['page/*.spec.ts'],
    reporters: ['default', new URL('../../tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    globalSetup: ['src/system.setup.ts'],
    hookTimeout: 120_000,
  },
});
