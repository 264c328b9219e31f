import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@fourfold/embedded-brokers/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { disturb } from './disturbances.ts';
import { type History, historyOf } from './history.ts';
import { MessageInvariants } from './message-invariants.ts';
import { UnluckySystem } from './unlucky-system.ts';

export type { History, UnluckySystem };

/** What a service does in a history, and what must hold when it has come to rest. */
export interface Suite<Client, Asked> {
  /** Apps of system.ts. Those that they call run as well. */
  services: readonly [string, ...string[]];
  /** Processes of each app, by default 2. */
  replicas?: number;
  /** The client that the operations use. */
  connect(system: UnluckySystem): Promise<Client>;
  /** Before the first history. */
  prepare?(system: UnluckySystem): Promise<void>;
  /** Sends requests while things go wrong; resolves when they are answered, to what was asked for. */
  operations(history: History<Client>): Promise<Asked>;
  /** What is wrong once nothing goes wrong any more, in words; nothing if all holds. Asked until it holds, for 30 s at most. */
  invariants(history: History<Client>, asked: Asked): Promise<string[]>;
}

/** `SEED=17 HISTORIES=1 npx nx faults orders` repeats one. */
const FIRST = Number(process.env['SEED'] ?? 1);
const HISTORIES = Number(process.env['HISTORIES'] ?? 100);
/** How many copies of the system play them at the same time. */
const SYSTEMS = Math.min(Number(process.env['SYSTEMS'] ?? 2), HISTORIES);
/** Milliseconds that it may take to come to rest once nothing goes wrong. */
const REST = 30_000;
const POLL = 20;
/** Milliseconds that the slowest history may take. */
const LIMIT = 180_000;
/** The last so many events of a history are shown. */
const SHOWN = 60;

/**
 * Plays histories of services over brokers, databases and processes that misbehave by a seed, and fails at the first that
 * violates an invariant, with its seed, what happened in it, and the command that repeats it. Beside those of the suite,
 * every message in an outbox must have been handled by each of its subscribers, those of a key in order.
 */
export const histories = <Client, Asked>(suite: Suite<Client, Asked>): void => {
  const stages: Stage<Client, Asked>[] = [];
  beforeAll(async () => {
    const opened = await Promise.allSettled(
      Array.from({ length: SYSTEMS }, async (_, number) => {
        const stage = new Stage(suite, `/tmp/fourfold-faults-${process.pid}-${number + 1}.log`);
        stages.push(stage);
        await stage.open();
      }),
    );
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
  });
  afterAll(() => Promise.all(stages.map((stage) => stage.close())));

  it(
    `${suite.services.join(', ')}: invariants hold in ${HISTORIES} histories from seed ${FIRST} on`,
    async () => {
      const { testPath: file = '' } = expect.getState();
      const began = performance.now();
      let [next, faults] = [FIRST, 0];
      let failure: string | undefined;
      const playSome = async (stage: Stage<Client, Asked>) => {
        while (next < FIRST + HISTORIES && failure === undefined) {
          const seed = next++;
          const violations = await stage.play(seed);
          faults += stage.events.length;
          if (violations.length > 0) failure ??= report(file, seed, violations, stage, await stage.readiness());
        }
      };
      await Promise.all(stages.map(playSome));
      if (failure !== undefined) throw new Error(failure);
      expect(next).toBe(FIRST + HISTORIES);
      const seconds = (performance.now() - began) / 1000;
      console.log(`${HISTORIES} histories with ${faults} faults in ${seconds.toFixed(1)} s: no violation`);
    },
    HISTORIES * LIMIT,
  );
};

/** What should be there and is not, and the other way round; nothing if both are the same, in any order. */
export const differences = (what: string, found: readonly string[], expected: readonly string[]): string[] => {
  const count = (of: readonly string[], one: string) => of.filter((other) => other === one).length;
  return [...new Set([...found, ...expected])].flatMap((one) => {
    const [is, should] = [count(found, one), count(expected, one)];
    return is === should ? [] : [`${what}: ${one} is there ${is} times, and should be ${should} times`];
  });
};

/** One copy of the system, which plays one history after the other. */
class Stage<Client, Asked> {
  /** What went wrong in the last history, with milliseconds since it began. */
  events: string[] = [];
  private began = 0;
  private system!: UnluckySystem;
  private client!: Client;
  private messages!: MessageInvariants;

  constructor(
    private readonly suite: Suite<Client, Asked>,
    readonly log: string,
  ) {}

  async open(): Promise<void> {
    const { services, replicas = 2 } = this.suite;
    const tell = (what: string) =>
      void this.events.push(`${(performance.now() - this.began).toFixed(0).padStart(6)} ms  ${what}`);
    this.system = await UnluckySystem.open({ services, replicas, log: this.log, tell });
    await this.suite.prepare?.(this.system);
    this.client = await this.suite.connect(this.system);
    this.messages = new MessageInvariants(this.system);
  }

  readiness(): Promise<string[]> {
    return this.system.readiness();
  }

  close(): Promise<void> | undefined {
    return this.system?.close();
  }

  /** Resolves to what is wrong when the system has come to rest, or has not in time. */
  async play(seed: number): Promise<string[]> {
    const history = historyOf(seed, this.client, this.system);
    this.events = [];
    this.began = performance.now();
    this.system.begin(seed);
    const asking = this.suite.operations(history);
    const [asked, disturbed] = await Promise.allSettled([asking, disturb(this.system, new Random(~seed))]);
    this.system.end();
    if (asked.status === 'rejected') return [`an operation failed: ${describe(asked.reason)}`];
    if (disturbed.status === 'rejected') return [describe(disturbed.reason)];
    return this.untilQuiet(history, asked.value);
  }

  private async untilQuiet(history: History<Client>, asked: Asked): Promise<string[]> {
    const until = performance.now() + REST;
    for (;;) {
      const waiting = await this.system.waiting();
      const wrong = waiting.length > 0 ? waiting : await this.violations(history, asked);
      if (wrong.length === 0 || performance.now() > until) return wrong;
      await sleep(POLL);
    }
  }

  private async violations(history: History<Client>, asked: Asked): Promise<string[]> {
    return [...(await this.suite.invariants(history, asked)), ...(await this.messages.violations())];
  }
}

const report = (
  file: string,
  seed: number,
  violations: string[],
  { events, log }: Pick<Stage<unknown, unknown>, 'events' | 'log'>,
  readiness: string[],
): string => {
  const told = events.filter((event) => !event.includes('-delayed'));
  return [
    `seed ${seed}: ${violations.join('; ')}`,
    ...(told.length > SHOWN ? [`  (${told.length - SHOWN} earlier events)`] : []),
    ...told.slice(-SHOWN).map((event) => `  ${event}`),
    ...readiness.map((line) => `  ${line}`),
    `again: SEED=${seed} HISTORIES=1 npx nx faults ${targetOf(file)}; the log of its processes: ${log}`,
  ].join('\n');
};

/** `/…/apps/store/src/store.faults.spec.ts` -> `store`, `/…/e2e/faults/shop.faults.spec.ts` -> `e2e -- shop.faults` */
const targetOf = (file: string): string =>
  /\/(?:apps|libs|tools)\/([^/]+)\/src\//.exec(file)?.[1] ?? `e2e -- ${basename(file, '.spec.ts')}`;

const describe = (thrown: any): string =>
  `${thrown?.code ? `${thrown.code} ${thrown.reason ?? ''} ` : ''}${thrown?.message ?? thrown}`;
