import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

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

  /** One step by its name, once; rejects where it fails. */
  async runOnly(name: string): Promise<void> {
    const step = this.steps.find((one) => one.name === name);
    if (!step) throw new FatalStartError(`this service has no ${name}`);
    await step.run();
  }
}

/** Repeats `run` with backoff, 0.2 s to 5 s and jitter, until it succeeds or `signal` aborts. Says a new reason once. */
export const untilDone = async (name: string, run: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  const logger = new Logger('Startup');
  for (let attempt = 0, said = ''; !signal.aborted; attempt++) {
    try {
      await run();
      if (said) logger.log(`${name}: now it is there`);
      return;
    } catch (thrown) {
      if (thrown instanceof FatalStartError) throw thrown;
      const reason = oneLine(thrown);
      if (reason !== said) logger.warn(`${name}: ${reason}; trying again`);
      said = reason;
      await sleep(Math.min(5000, 200 * 2 ** attempt) * (0.75 + Math.random() / 2), undefined, { signal }).catch(
        () => {},
      );
    }
  }
};

/** Trying again cannot help: the process says its one line and ends. */
export class FatalStartError extends Error {}

/** An error's innermost message without line breaks; of several (Happy Eyeballs), the first. */
export const oneLine = (thrown: unknown): string => {
  let error = thrown instanceof AggregateError && !thrown.message ? thrown.errors[0] : thrown;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause; // Drizzle's own text is the query
  return String((error as Error)?.message || error).replace(/\s+/g, ' ');
};
