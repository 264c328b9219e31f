import { defineConfig } from 'vitest/config';

/** What SPECS chooses: the specs of `nx test`, or those of a target of their own (tools/workspace/src/infer-targets.ts). */
const LANES: Record<string, string> = {
  ordinary: '**/!(*.native|*.workspace|*.sample|*.bench|*.faults).spec.ts',
  faults: '**/*.faults.spec.ts', // histories of a service while everything around it misbehaves
  bench: '**/*.bench.spec.ts', // prints figures
  native: '**/*.{brokers,native}.spec.ts', // brokers: over embedded ones in the ordinary lane, and once more over real ones
  workspace: '**/*.{workspace,sample}.spec.ts', // in a copy of the workspace, or what holds of the sample as it came
};
const { BROKERS, SPECS = BROKERS === 'native' ? 'native' : 'ordinary' } = process.env;

/** One configuration for every project: `vitest run --root <project>`. */
export default defineConfig({
  test: {
    include: [LANES[SPECS]!],
    exclude: ['**/node_modules/**', '**/dist/**'],
    fileParallelism: SPECS !== 'workspace', // each of them keeps the whole machine busy
    maxWorkers: SPECS === 'ordinary' ? 4 : 2, // of 2 cores vitest would use one, though specs mostly wait
    passWithNoTests: true,
    reporters: ['default', new URL('tools/testing/src/summary-line.reporter.ts', import.meta.url).pathname],
    execArgv: ['--disable-warning=TimeoutNegativeWarning'], // of kafkajs as it comes: specs use it as a foreign client
    isolate: false, // Nest is imported once a worker, not once a file
    testTimeout: 20_000,
    expect: { poll: { timeout: 15_000, interval: 20 } }, // what comes by itself may take its time on a busy machine
    hookTimeout: 60_000,
    globalSetup: SPECS === 'faults' ? [] : [new URL('tools/testing/src/global-setup.ts', import.meta.url).pathname],
    setupFiles: [new URL('tools/testing/src/decorators.setup.ts', import.meta.url).pathname],
  },
});
