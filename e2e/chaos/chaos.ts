/** `npm run chaos -- --seed=1`: the shop over real servers, while everything fails in turn. USAGE in options.ts says more. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Customers } from './customers.ts';
import { factsOf } from './facts.ts';
import { type Options, optionsOf, USAGE } from './options.ts';
import { endOf, type Fault, planOf, wordsOf } from './plan.ts';
import { untilQuiet } from './quiet.ts';
import { countOf, reconcile } from './reconcile.ts';
import { overlaps, type Recovery, timeOfAnOrder } from './recovery.ts';
import { reportOf } from './report.ts';
import { Shop } from './shop.ts';
import { strike } from './strike.ts';

/** Seconds between the last fault and the last order, so that it happens to something. */
const AFTER = 5;

const began = performance.now();
const seconds = (since = began): number => (performance.now() - since) / 1000;

try {
  process.exitCode = await main(optionsOf(process.argv.slice(2)));
} catch (thrown) {
  console.error(thrown instanceof TypeError ? `${thrown.message}\n\n${USAGE}` : thrown);
  process.exitCode = 2;
}

/** Resolves to the exit code. */
async function main(options: Options): Promise<number> {
  const log = join(tmpdir(), `fourfold-chaos-${process.pid}.log`);
  const plan = planFor(options);
  console.log(`seed ${options.seed}: ${plan.length} faults in ${Math.round(endOf(plan) / 60)} min; the log is ${log}`);
  const shop = await Shop.open(log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      shop.kill();
      process.exit(130);
    });
  try {
    return await play(shop, plan, options);
  } finally {
    await shop.close();
  }
}

function planFor({ seed, faults, minutes }: Options): Fault[] {
  if (minutes === undefined) return planOf(seed, faults);
  const all = planOf(seed, minutes * 60);
  const late = all.findIndex((fault) => endOf([fault]) > minutes * 60 - AFTER);
  return all.slice(0, late);
}

async function play(shop: Shop, plan: readonly Fault[], { seed, orders, minutes, rate }: Options): Promise<number> {
  const customers = new Customers({
    gateways: shop.gateways,
    products: shop.products,
    seed,
    steady: rate,
    burst: { rate: 2 * rate, every: 30, seconds: 8 },
  });
  const begin = performance.now();
  const say = (what: string) => console.log(`${seconds(begin).toFixed(1).padStart(6)} s  ${what}`);
  const over = new AbortController();
  customers.start();
  const recoveries = plan.map((fault) => happen(shop, customers, fault, { begin, plan, say, over: over.signal }));
  const isEnough = () => {
    if (minutes !== undefined) return seconds(begin) >= minutes * 60;
    return customers.orders.length >= orders && seconds(begin) >= endOf(plan) + AFTER;
  };
  const counting = setInterval(() => say(`${customers.orders.length} orders`), 60_000);
  while (!isEnough()) await sleep(100);
  clearInterval(counting);
  customers.stop();
  const ended = performance.now();
  say(`${customers.orders.length} orders, ${customers.unanswered} of them are not answered yet`);
  const wait = await untilQuiet(shop, customers, say);
  over.abort();
  const quietAfter = seconds(ended);
  say(wait ? `it does not come to rest: ${wait}` : 'all is quiet');
  const recovered = await Promise.all(recoveries);
  await shop.disconnect('rabbitmq');
  const facts = await factsOf(shop);
  const violations = reconcile(customers.orders, facts);
  if (wait) violations.stuck.push(wait);
  const count = (status: string) => facts.orders.filter((order) => order.status === status).length;
  const report = reportOf({
    seed,
    seconds: seconds(),
    faults: plan.length,
    overlapping: plan.filter((fault) => overlaps(fault, plan)).length,
    orders: customers.orders.length,
    confirmed: count('CONFIRMED'),
    cancelled: count('CANCELLED'),
    requests: customers.requests,
    quietAfter,
    publishedAgain: facts.records.length - new Set(facts.records.map(({ id }) => id)).size,
    recoveries: recovered,
    violations,
  });
  console.log(`\n${report}`);
  return countOf(violations) ? 1 : 0;
}

interface Run {
  begin: number;
  plan: readonly Fault[];
  say(what: string): void;
  /** Aborts when nobody waits for a recovery any longer. */
  over: AbortSignal;
}

/** Waits for the moment of a fault, lets it happen, and resolves to the recovery from it. */
async function happen(
  shop: Shop,
  customers: Customers,
  fault: Fault,
  { begin, plan, say, over }: Run,
): Promise<Recovery> {
  await sleep(fault.at * 1000 - (performance.now() - begin));
  say(wordsOf(fault));
  await strike(shop, fault);
  const took = await timeOfAnOrder(customers, over);
  say(`  recovered from: ${wordsOf(fault)}, after ${(took / 1000).toFixed(1)} s`);
  return { kind: fault.kind, overlaps: overlaps(fault, plan), took };
}
