import { ServiceError } from '@fourfold/contracts/service-error';
import { v7 as uuid } from 'uuid';
import { afterEach, expect, vi } from 'vitest';
import { createClient } from '../src/client.ts';
import { Limiter } from '../src/limiter.ts';
import { propagate } from '../src/metadata.ts';
import type { Client } from '../src/transport.ts';
import { ConformanceClient, ConformanceContract } from './contract.ts';
import type { Driver, OpenDriver, ServerSettings } from './drivers/driver.ts';
import { can } from './transports.ts';
import type { EchoRequest } from './gen/conformance/v1/conformance.ts';
import { type Job, type Service, startService, type Work } from './service.ts';

/** Milliseconds that a broker may take for what it does asynchronously. */
const SOON = 15_000;

export const soon = <T>(what: () => T | Promise<T>): Promise<T> => vi.waitFor(what, { timeout: SOON, interval: 10 });
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a test opens; all of it is closed after the test, services first. */
export class Bench {
  private services: Service[] = [];
  private constructor(readonly driver: Driver) {}

  static async open(open: OpenDriver, broker?: string): Promise<Bench> {
    return new Bench(await open(broker));
  }

  async serve(settings?: ServerSettings & { work?: Work }): Promise<Service> {
    const limited = { limiter: new Limiter(), ...settings };
    const service = await startService(this.driver.server?.(limited), limited);
    this.services.push(service);
    return service;
  }

  client(service: Service): { transport: Client; calls: ConformanceClient } {
    const transport = this.driver.client(service);
    return { transport, calls: createClient(ConformanceClient, transport, { timeout: 10_000 }) };
  }

  async stop(service: Service): Promise<void> {
    this.services = this.services.filter((each) => each !== service);
    await service.close();
  }

  /** Publishes jobs, each with its own id. */
  async post(...jobs: Job[]): Promise<void> {
    const outcomes = await this.driver.publisher!.publish(jobs.map((job) => this.driver.jobs!.message(job)));
    for (const outcome of outcomes) if (outcome) throw outcome.error;
  }

  async close(): Promise<void> {
    await Promise.all(this.services.splice(0).map((service) => service.close()));
    await this.driver.close();
  }
}

/** A new bench for each test. */
export const benchEach = (open: OpenDriver): (() => Promise<Bench>) => {
  let bench: Bench | undefined;
  afterEach(async () => {
    await bench?.close();
    bench = undefined;
  });
  return async () => (bench = await Bench.open(open));
};

/** Brings an echo to the service, the way that its transport has: asked for, or one-way. `request` writes it. */
export const bringEcho = async (
  bench: Bench,
  service: Service,
  input: EchoRequest,
  request = ConformanceContract.echo.request,
): Promise<unknown> => {
  const { transport } = bench.client(service);
  const operation = { ...ConformanceContract.echo, request };
  const message = { operation, input, deadline: Date.now() + 10_000, metadata: propagate() };
  try {
    if (can(bench.driver.transport, 'call')) return await transport.call!(message);
    await transport.send!(message);
  } finally {
    if (can(bench.driver.transport, 'call')) await transport.close();
  }
  return undefined;
};

/** The error that the caller gets, or, over a transport without answers, the error in the service. */
export const refusalOf = async (...[bench, service, ...rest]: Parameters<typeof bringEcho>): Promise<unknown> => {
  const before = service.work.failures.length;
  if (can(bench.driver.transport, 'call')) return plain(await failureOf(bringEcho(bench, service, ...rest)));
  await bringEcho(bench, service, ...rest);
  return soon(() => {
    expect(service.work.failures.length).toBeGreaterThan(before);
    return plain(service.work.failures[before]);
  });
};

export const failureOf = async (work: Promise<unknown>): Promise<ServiceError> => {
  const thrown = await work.then(
    (value) => expect.unreachable(`answered ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(ServiceError);
  return thrown as ServiceError;
};

/** All that a caller can see of an error. */
export const plain = (error: unknown) => {
  const { code, reason, message, details, httpStatus } = error as ServiceError;
  return { code, reason, message, details, httpStatus };
};

export const jobsOf = (count: number, subject: (n: number) => string = (n) => `s-${n}`): Job[] =>
  Array.from({ length: count }, (_, n) => ({ subject: subject(n), number: n + 1 }));

/** Whatever is resolved in the order that the test likes. */
export class Gate {
  readonly waiting = new Map<string, () => void>();

  readonly enter = (name: string = uuid()): Promise<void> =>
    new Promise((resolve) => {
      this.waiting.set(name, resolve);
    });

  /** Lets all in, the last one first. */
  open(): void {
    const all = [...this.waiting.values()].toReversed();
    this.waiting.clear();
    for (const resolve of all) resolve();
  }
}
