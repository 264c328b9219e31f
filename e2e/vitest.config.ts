import { mergeConfig } from 'vitest/config';
import shared from '../vitest.config.ts';

/** The stories run over one system, started once: all apps, their brokers, their database. */
export default mergeConfig(shared, {
  test: { include: ['**/*.spec.ts'], globalSetup: ['src/system.setup.ts'], fileParallelism: false },
});
