import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of `go test -json`: https://pkg.go.dev/cmd/test2json */
interface TestEvent {
  Action: string;
  /** Absent in lines about the whole package. */
  Test?: string;
  Output?: string;
}

export interface Outcome {
  passed: string[];
  failed: string[];
  /** Tests that skip themselves. */
  skipped: string[];
  /** What each test, or the package (''), printed. */
  output: Map<string, string>;
  /** Whether the package as a whole passed: it may fail without a test, if it does not build, leaks, or has no tests. */
  ok: boolean;
}

interface GoTest {
  go: string;
  cwd: string;
  args: readonly string[];
  environment: Record<string, string>;
}

/** Runs `go test -json` to its end. */
export const goTest = async ({ go, cwd, args, environment }: GoTest): Promise<Outcome> => {
  const env = { ...process.env, ...environment };
  const child = spawn(go, ['test', '-json', ...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const outcome: Outcome = { passed: [], failed: [], skipped: [], output: new Map(), ok: false };
  for await (const line of createInterface({ input: child.stdout })) record(outcome, eventOf(line));
  const [code] = await ended;
  outcome.ok = code === 0 && outcome.passed.length > 0;
  return outcome;
};

/** Go prints what fails before the tests start as plain text. */
const eventOf = (line: string): TestEvent =>
  line.startsWith('{') ? (JSON.parse(line) as TestEvent) : { Action: 'output', Output: `${line}\n` };

/** Adds an event to the outcome. Subtests count with their test. */
const record = (outcome: Outcome, { Action, Test = '', Output = '' }: TestEvent): void => {
  const [name = ''] = Test.split('/');
  if (Action.endsWith('output')) outcome.output.set(name, (outcome.output.get(name) ?? '') + Output);
  if (Test === '' || Test !== name) return;
  if (Action === 'pass') outcome.passed.push(name);
  if (Action === 'fail') outcome.failed.push(name);
  if (Action === 'skip') outcome.skipped.push(name);
};
