import { mergeConfig } from 'vitest/config';
import shared from '../vitest.config.ts';

/** All specs run over one system, which is started once: every app, with brokers and databases. */
export default mergeConfig(shared, {
  test: {
    include: ['src/**/*.spec.ts'],
    exclude: ['faults/**', 'outages/**', 'page/**', 'races/**', 'rolling/**'],
    globalSetup: ['src/system.setup.ts'],
    fileParallelism: false,
  },
});
