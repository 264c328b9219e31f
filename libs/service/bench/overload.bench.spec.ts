/** `npx nx run service:bench`: what is done in time, and how fast, as the load grows: plain Nest beside a service of ours. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { createService } from '../src/start/start.ts';

/** Milliseconds of CPU time and of waiting of one request. */
const CPU = 2;
const WAIT = 5;
/** Milliseconds that a caller waits. */
const DEADLINE = 1000;
const SECONDS = 4;
const ROUNDS = 3;
/** Of the peak. */
const LOADS = [0.5, 1, 2, 5, 0.5];

@Controller()
class WorkController {
  @Get('work')
  async work() {
    await sleep(WAIT);
    for (const end = performance.now() + CPU; performance.now() < end;);
    return { done: true };
  }
}
@Module({ controllers: [WorkController] })
class WorkModule {}

interface Outcome {
  goodput: number;
  p99: number;
  refused: number;
  slowestRefusal: number;
}

const load = async (url: string, rate: number): Promise<Outcome> => {
  const args = [new URL('load.ts', import.meta.url).pathname, `${url}/work`, rate, SECONDS, DEADLINE].map(String);
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
};
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

it('prints goodput and p99 over the offered load', async () => {
  const plain = await NestFactory.create(WorkModule, { logger: false });
  await plain.listen(0, '127.0.0.1');
  const environment = { HTTP_PORT: '0', LOG_LEVEL: 'error' };
  const ours = await createService({ name: 'bench', module: async () => WorkModule, environment });
  await ours.ready;
  const subjects = { 'plain Nest': await plain.getUrl(), ours: ours.url };
  const peak = 1000 / (CPU + 0.5); // both do about that, on one core
  const outcomes = new Map<string, Outcome[]>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [step, factor] of LOADS.entries())
      for (const [name, url] of Object.entries(subjects)) {
        const key = `${factor === 0.5 && step ? 'again ' : ''}${factor} x ${name}`;
        outcomes.set(key, [...(outcomes.get(key) ?? []), await load(url, peak * factor)]);
      }
  for (const [key, all] of outcomes) {
    const of = (field: keyof Outcome) => Math.round(median(all.map((one) => one[field])));
    const refusals = of('refused') ? `, ${of('refused')} refused within ${of('slowestRefusal')} ms` : '';
    expect(of('goodput')).toBeGreaterThan(0);
    console.log(`${key}: ${of('goodput')}/s in time, p99 ${of('p99')} ms${refusals}`);
  }
  await ours.stop();
  await plain.close();
}, 600_000);
