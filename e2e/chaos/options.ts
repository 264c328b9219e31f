import { parseArgs } from 'node:util';

export const USAGE = `npm run chaos -- [--seed=1] [--faults=24] [--orders=10000] [--minutes=…] [--rate=…]

Runs the shop over native RabbitMQ, Kafka and PostgreSQL, two processes of each app, and lets the faults of a seed happen to it while
orders are placed. Then it waits for quiet and compares everything that customers, services and brokers know.

  --seed=<n>     the same faults for the same number
  --faults=<n>   so many of them
  --orders=<n>   at least so many orders
  --minutes=<n>  instead of both: what fits into so many minutes
  --rate=<n>     orders per second, at a steady rate; bursts are twice as fast; fewer while 40 wait for an answer`;

export interface Options {
  seed: number;
  faults: number;
  orders: number;
  minutes?: number;
  rate: number;
}

/** Throws a TypeError that says what is wrong. */
export function optionsOf(args: string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { seed: text, faults: text, orders: text, minutes: text, rate: text },
  });
  const number = (name: keyof typeof values, usual: number): number => {
    const value = values[name];
    if (value === undefined) return usual;
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new TypeError(`--${name}=${value}: a whole number above 0 is wanted`);
    return Number(value);
  };
  if (values.minutes !== undefined && (values.faults !== undefined || values.orders !== undefined))
    throw new TypeError('--minutes is instead of --faults and --orders');
  return {
    seed: number('seed', 1),
    faults: number('faults', 24),
    orders: number('orders', 10_000),
    ...(values.minutes !== undefined && { minutes: number('minutes', 1) }),
    rate: number('rate', 25),
  };
}
