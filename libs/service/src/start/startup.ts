import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { causeOf, PermanentError } from '@fourfold/transport/errors';
import { backoff } from '@fourfold/transport/time';

interface Step {
  name: string;
  run: () => Promise<void>;
}

/** What must be done before a service takes work: one step after the other, each repeated until it succeeds. */
@Injectable()
export class Startup {
  private readonly steps: Step[] = [];

  add(name: string, run: () => Promise<void>): void {
    this.steps.push({ name, run });
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const { name, run } of this.steps) await untilDone(name, run, signal);
  }

  /** Runs one step by its name, once; rejects if it fails. */
  async runOnly(name: string): Promise<void> {
    const step = this.steps.find((one) => one.name === name);
    if (!step) throw new PermanentError(`this service has no ${name}`);
    await step.run();
  }
}

/** Repeats `run` with back-off until it succeeds or `signal` aborts. Logs a new reason once. Rejects with a PermanentError. */
export const untilDone = async (name: string, run: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  const logger = new Logger('Startup');
  for (let attempt = 1, logged = ''; !signal.aborted; attempt++) {
    try {
      await run();
      if (logged) logger.log(`${name}: available`);
      return;
    } catch (thrown) {
      if (thrown instanceof PermanentError) throw thrown;
      const reason = causeOf(thrown);
      if (reason !== logged) logger.warn(`${name}: ${reason}; retrying`);
      logged = reason;
      await sleep(backoff(attempt, 200), undefined, { signal }).catch(() => {});
    }
  }
};
