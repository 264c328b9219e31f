import { Injectable, Logger } from '@nestjs/common';
import { causeOf } from '@fourfold/transport/errors';
import { withTimeLimit } from '@fourfold/transport/time';

/** Whether it is there; a text says what it waits for. */
type Check = () => boolean | string | Promise<boolean | string>;

export interface Report {
  ready: boolean;
  state: string;
  checks: Record<string, boolean>;
  /** By the name of the check, in words. */
  waitsFor?: Record<string, string>;
  /** The state of each service that this one calls, by the name of its client: `closed` is normal, `open` is not called for a moment. */
  targets?: Record<string, string>;
}

/** Milliseconds after which a check that does not answer has failed. */
const CHECK_TIMEOUT = 2000;
/** Milliseconds between two looks at what is watched. */
const WATCH_INTERVAL = 1000;

/** Whether this process can do its work now, and what it waits for if not. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, Check>();
  private readonly watched = new Map<string, NodeJS.Timeout>();
  private targets: () => Record<string, string> = () => ({});
  private state: 'starting' | 'serving' | 'stopping' = 'starting';

  /** Work needs this: asked at every /readyz. */
  require(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** What the report says beside: a service that is called and is away makes this one answer errors, but not unready. */
  describeTargets(targets: () => Record<string, string>): void {
    this.targets = targets;
  }

  /** The same, and a line is logged when it goes away and when it is back. */
  watch(name: string, check: Check): void {
    this.require(name, check);
    const logger = new Logger('Readiness');
    let isAway = false;
    const lookLater = () => void this.watched.set(name, setTimeout(look, WATCH_INTERVAL).unref());
    const look = async () => {
      const reason = this.isServing ? await reasonOf(check) : undefined;
      if (this.isServing && isAway !== (reason !== undefined)) {
        isAway = !isAway;
        if (isAway) logger.warn(`${name} is unavailable: ${reason}`);
        else logger.log(`${name}: available`);
      }
      if (this.state !== 'stopping') lookLater();
    };
    lookLater();
  }

  /** Whether business may be done: from the end of start on. */
  get isServing(): boolean {
    return this.state === 'serving';
  }
  serve(): void {
    this.state = 'serving';
  }
  stop(): void {
    this.state = 'stopping';
    for (const timer of this.watched.values()) clearTimeout(timer);
  }

  async report(): Promise<Report> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await reasonOf(check)] as const),
    );
    const targets = this.targets();
    const reasons = results.filter((result): result is [string, string] => result[1] !== undefined);
    return {
      ready: this.isServing && !reasons.length,
      state: this.state,
      checks: Object.fromEntries(results.map(([name, reason]) => [name, reason === undefined])),
      ...(reasons.length && { waitsFor: Object.fromEntries(reasons) }),
      ...(Object.keys(targets).length && { targets }),
    };
  }
}

/** Why a check fails, in words; undefined if it does not. */
const reasonOf = async (check: Check): Promise<string | undefined> => {
  try {
    const result = await withTimeLimit(Promise.resolve(check()), CHECK_TIMEOUT);
    if (result === true) return undefined;
    return result || 'it is not there';
  } catch (thrown) {
    return causeOf(thrown);
  }
};
