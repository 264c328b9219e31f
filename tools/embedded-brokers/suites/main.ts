/**
 * `npx node tools/embedded-brokers/suites/main.ts [amqp091-go|franz-go]`: runs other people's integration tests, unchanged,
 * against the embedded brokers. Needs Go, and the Go module proxy once. Exits 1 if a test fails.
 */
import { amqp091Go } from './amqp091-go.ts';
import { franzGo } from './franz-go.ts';
import { downloadModule, findGo } from './go.ts';
import { goTest, type Outcome } from './go-test.ts';
import type { Suite } from './suite.ts';

const SUITES: readonly Suite[] = [amqp091Go, franzGo];
/** Of a whole suite; the slowest took less than two minutes. */
const TIMEOUT = '6m';
/** Most characters shown of what a failed test printed. */
const MAX_SHOWN = 10_000;

const main = async (name?: string): Promise<void> => {
  const chosen = SUITES.filter((suite) => name === undefined || suite.name === name);
  if (chosen.length === 0)
    throw new Error(`unknown suite "${name}"; the suites are ${SUITES.map((suite) => suite.name).join(', ')}`);
  const go = await findGo();
  for (const suite of chosen) if (!(await run(go, suite))) process.exitCode = 1;
};

/** Whether it passed. */
const run = async (go: string, suite: Suite): Promise<boolean> => {
  console.log(`${suite.name}: ${suite.module}@${suite.version}`);
  for (const { test, reason } of suite.exclusions) console.log(`  without ${test}: ${reason}`);
  const cwd = await downloadModule(go, `${suite.module}@${suite.version}`);
  const stage = await suite.start();
  try {
    const skip = `-skip=^(${suite.exclusions.map(({ test }) => test).join('|')})$`;
    const args = ['-count=1', `-timeout=${TIMEOUT}`, skip, ...suite.flags, suite.package];
    const outcome = await goTest({ go, cwd, args, environment: stage.environment });
    report(suite, outcome);
    return outcome.ok;
  } finally {
    await stage.close();
  }
};

const report = ({ name, exclusions }: Suite, { passed, failed, skipped, output, ok }: Outcome): void => {
  for (const test of skipped) console.log(`  ${test} skipped itself`);
  // a package may fail though each of its tests has passed
  const culprits = failed.length === 0 && !ok ? [''] : failed;
  for (const test of culprits)
    console.log(`  ${test || 'the package'} failed:\n${output.get(test)?.slice(-MAX_SHOWN) ?? ''}`);
  console.log(
    `${name}: ${passed.length} passed, ${culprits.length} failed, ${skipped.length + exclusions.length} skipped`,
  );
};

await main(process.argv[2]);
