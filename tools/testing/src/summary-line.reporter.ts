import { basename } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Ends a run with one line that is easy to find in a log: `orders: 12 passed, 0 failed`. */
export default class SummaryLine implements Reporter {
  private project = '';

  onInit({ config }: Vitest): void {
    this.project = basename(config.root);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    if (!modules.length && !errors.length) return; // a project without tests
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length).length + errors.length;
    const skipped = count('skipped');
    console.log(
      `${this.project}: ${count('passed')} passed, ${count('failed') + broken} failed${skipped ? `, ${skipped} skipped` : ''}`,
    );
  }
}
