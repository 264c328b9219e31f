/** `npm run dead-letters` over the dead letters of real consumers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ServiceError } from '@fourfold/contracts/service-error';
import { type Command, parseCommand, runCommand } from '@fourfold/system/dead-letters/command';
import { KafkaStore } from '@fourfold/system/dead-letters/kafka.store';
import { RabbitMqStore } from '@fourfold/system/dead-letters/rabbitmq.store';
import type { DeadLetterStore } from '@fourfold/system/dead-letters/store';
import { ROOT } from '@fourfold/system/run';
import { describe, expect, it } from 'vitest';
import { openKafka } from './drivers/kafka.driver.ts';
import type { Driver } from './drivers/driver.ts';
import { openRabbitMq } from './drivers/rabbitmq.driver.ts';
import { ConformanceContract } from './contract.ts';
import { brokersOrExplain } from './kafka/service.fixture.ts';
import { rabbitMqUrl } from './rabbitmq/service.fixture.ts';
import { type Job, Work } from './service.ts';
import { Bench, benchEach, jobsOf, soon } from './steps.ts';

/** Letters that a redrive takes: 10,000 over real brokers. */
const MANY = process.env['BROKERS'] === 'native' ? 10_000 : 300;
const LIMIT = 180_000;
const QUEUE = ConformanceContract.doJob.bindings.rabbitmq.queue;

const prefixOf = (driver: Driver): string => driver.prefix!;
const KINDS = [
  {
    name: 'RabbitMQ',
    open: openRabbitMq,
    store: (prefix: string) => RabbitMqStore.open({ url: rabbitMqUrl(), prefix, queues: [QUEUE] }),
  },
  {
    name: 'Kafka',
    open: openKafka,
    store: (prefix: string) => KafkaStore.open({ brokers: brokersOrExplain().join(','), prefix }),
  },
];

/** Fails for good until `isFixed`. */
class Broken extends Work {
  isFixed = false;
  seen: Job[] = [];
  override job = (job: Job) => {
    if (!this.isFixed) throw new ServiceError('NOT_FOUND', 'GONE', 'gone');
    this.seen.push({ ...job });
  };
}

describe.each(KINDS)('the dead letters of $name', ({ open, store, name }) => {
  const openBench = benchEach(open as never);

  const withStore = async <T>(bench: Bench, work: (store: DeadLetterStore) => Promise<T>): Promise<T> => {
    const opened = await store(prefixOf(bench.driver));
    return work(opened).finally(() => opened.close());
  };
  const run = (bench: Bench, ...args: string[]): Promise<string> =>
    withStore(bench, async (opened) => {
      const lines: string[] = [];
      const command: Command = parseCommand(args);
      await runCommand(command, [opened], { print: (line) => lines.push(line), confirm: async () => true });
      return lines.join('\n');
    });
  const countOf = (bench: Bench) => withStore(bench, async (opened) => (await opened.list()).length);
  const makeDead = async (bench: Bench, jobs: Job[]): Promise<Broken> => {
    const work = new Broken();
    await bench.serve({ work });
    for (let at = 0; at < jobs.length; at += 500) await bench.post(...jobs.slice(at, at + 500));
    await soon(async () => expect(await bench.driver.jobs!.undone()).toBe(0));
    return work;
  };
  const inOrder = (jobs: Job[]) => {
    for (const own of Map.groupBy(jobs, ({ subject }) => subject).values())
      expect(own.map(({ number }) => number)).toEqual(own.map(({ number }) => number).toSorted((a, b) => a - b));
  };

  it('are listed, shown, filtered and discarded; looking changes nothing', { timeout: LIMIT }, async () => {
    const bench = await openBench();
    await makeDead(bench, jobsOf(3));
    const list = await run(bench, 'list');
    expect(list).toContain('NOT_FOUND GONE');
    expect(list).toMatch(/\.dead: 3 \(3 GONE\)$/);
    expect(await run(bench, 'list', '--reason', 'OTHER')).toBe('no dead letters');
    expect(await run(bench, 'list', '--older-than', '1h')).toBe('no dead letters');
    const letters = JSON.parse(
      await run(bench, 'list', '--json', '--newer-than', '1h', '--type', bench.driver.jobs!.type),
    );
    expect(letters).toHaveLength(3);
    expect(await run(bench, 'show', letters[1].id)).toContain('"number": 2');
    expect(await run(bench, 'redrive', '--dry-run', '--limit', '2')).toContain(
      'would redrive 2 of 3 dead letters; nothing was changed',
    );
    await run(bench, 'discard', '--limit', '1', '--yes');
    expect(await countOf(bench)).toBe(2);
    expect(await run(bench, 'list', '--limit', '1')).not.toContain(letters[0].id);
  });

  it(`are redriven, ${MANY} at once: none lost, in order per key`, { timeout: LIMIT }, async () => {
    const bench = await openBench();
    const jobs = jobsOf(MANY, (n) => `key-${n % 50}`);
    const work = await makeDead(bench, jobs);
    work.isFixed = true;
    const began = performance.now();
    await run(bench, 'redrive');
    console.log(`${name}: ${MANY} dead letters were redriven in ${Math.round(performance.now() - began)} ms`);
    await expect.poll(() => work.seen.length, { timeout: LIMIT }).toBe(MANY);
    expect(work.seen.toSorted((a, b) => a.number - b.number)).toEqual(jobs);
    if (name === 'Kafka') inOrder(work.seen);
    expect(await countOf(bench)).toBe(0);
  });

  it('are redriven although the command is killed in the middle', { timeout: LIMIT }, async () => {
    const bench = await openBench();
    const jobs = jobsOf(200, (n) => `key-${n % 5}`);
    const work = await makeDead(bench, jobs);
    work.isFixed = true;
    const child = spawn(
      process.execPath,
      [`${ROOT}/tools/system/src/commands/dead-letters.ts`, 'redrive', '--rate', '40', '--queue', QUEUE],
      {
        env: {
          ...process.env,
          RABBITMQ_URL: rabbitMqUrl(),
          KAFKA_BROKERS: brokersOrExplain().join(','),
          MESSAGING_PREFIX: prefixOf(bench.driver),
        },
        stdio: 'inherit',
      },
    );
    await expect.poll(() => work.seen.length, { timeout: 60_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // RabbitMQ gives back what the killed one had taken, a moment later
    await expect
      .poll(() => run(bench, 'redrive'), { timeout: LIMIT, interval: 500 })
      .toContain('redrove 0 of 0 dead letters');
    await expect.poll(() => new Set(work.seen.map(({ number }) => number)).size, { timeout: LIMIT }).toBe(jobs.length);
    await expect.poll(() => bench.driver.jobs!.undone()).toBe(0);
    expect(await countOf(bench)).toBe(0);
    if (name !== 'Kafka') return; // over RabbitMQ the same message id may come twice: the inbox drops it
    expect(work.seen).toHaveLength(jobs.length);
    inOrder(work.seen);
  });
});

it('names what is wrong with a command', () => {
  expect(() => parseCommand([])).toThrow('npm run dead-letters -- list|show');
  expect(() => parseCommand(['list', '--older-than', 'yesterday'])).toThrow(
    '"yesterday" is not an age: write 30s, 10m, 2h or 3d',
  );
  expect(() => parseCommand(['list', '--limit', '0'])).toThrow('--limit 0: a number above 0 is wanted');
  expect(() => parseCommand(['list', '--nothing'])).toThrow("Unknown option '--nothing'");
});
