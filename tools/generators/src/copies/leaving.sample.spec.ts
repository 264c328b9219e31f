/** Takes the steps of docs/leaving.md, with the code of tools/leaving, on copies of the apps that it is about. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import {
  credentials,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError as GrpcError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { freshAllocation } from '@fourfold/system/allocation';
import { providersOf } from '@fourfold/system/providers/brokers';
import { type Addresses, apps, environmentOf } from '@fourfold/system/system';
import { build } from '@fourfold/workspace/build';
import { connect, type Channel } from 'amqplib';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

const root = resolve(import.meta.dirname, '../../../..');
const place = join(root, '.system/leaving', randomUUID());
const example = join(root, 'tools/leaving');
const page = readFileSync(join(root, 'docs/leaving.md'), 'utf8');

/** The steps of the page: folders of the example. */
const STEPS = ['decorators', 'servers'];

/** The files that a step writes into the source of an app: those of every service, and those of this one. */
const filesOf = (step: string, app: string): string[] => globSync(`${step}/{*,${app}/*}.ts`, { cwd: example });

/** A copy of an app with the files of the first steps written over it: a folder. */
const copyOf = async (app: string, steps: number): Promise<string> => {
  const folder = join(place, `${app}-${steps}`);
  const skipped = ['dist', 'node_modules'];
  await cp(join(root, 'apps', app), folder, { recursive: true, filter: (path) => !skipped.includes(basename(path)) });
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.base.json') }));
  for (const file of STEPS.slice(0, steps).flatMap((step) => filesOf(step, app)))
    await cp(join(example, file), join(folder, 'src', basename(file)));
  return folder;
};

/** What a tool of the workspace printed; a failure shows it. */
const run = async (command: string, ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'node_modules', command), ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', SPECS: 'ordinary' },
  }).catch(({ stdout: out, stderr }) => expect.fail(`${command} ${args.join(' ')}\n${out}${stderr}`));
  return stdout;
};

/** The import statements in the source of a copy, without its specs. */
const importsOf = (folder: string): string[] =>
  globSync('src/**/!(*.spec).ts', { cwd: folder }).flatMap(
    (file) =>
      readFileSync(join(folder, file), 'utf8').match(
        /\b(?:import|export)\b[^;'()]* from '[^']+'|\bimport ?\(?'[^']+'/g,
      ) ?? [],
  );
const moduleOf = (statement: string): string => /'([^']+)'$/.exec(statement)![1]!;

/** What the page says of errors after the first step, and after the second, which loses the most. */
const LOSSES = [
  {
    name: 'payments',
    nowhere: { code: 'NOT_FOUND', reason: 'NOT_FOUND' },
    grpcDetails: 1,
    deadLetter: { 'x-error-code': 'INVALID_ARGUMENT' },
  },
  {
    name: 'left',
    nowhere: { statusCode: 404, message: 'Cannot GET /nowhere' },
    grpcDetails: 0,
    deadLetter: { 'x-death': [expect.anything()] },
  },
] as const;

let copies: { payments: string; orders: string; left: string };
beforeAll(async () => {
  copies = {
    payments: await copyOf('payments', 1),
    orders: await copyOf('orders', 1),
    left: await copyOf('payments', 2),
  };
});
afterAll(() => rm(place, { recursive: true, force: true }));

describe('a service that left', { timeout: 60_000 }, () => {
  it('has every file of the example on the page, and none of them is a spec', () => {
    const files = globSync('*/**/*.ts', { cwd: example, exclude: ['dist/**', 'node_modules/**'] });
    const written = STEPS.flatMap((step) => ['payments', 'orders'].flatMap((app) => filesOf(step, app)));
    expect(files.sort()).toEqual([...new Set(written)].sort());
    for (const file of files) {
      expect(page).toContain(`](../tools/leaving/${file})`);
      expect(basename(file)).toMatch(/^[\w.-]+(?<!\.spec)\.ts$/);
    }
  });

  it('compiles and passes the linter after each step', async () => {
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.base.json') }));
    const files = globSync('*/src/*.ts', { cwd: place }).map((file) => join(place, file)); // a folder that git ignores it skips
    const lint = ['oxlint/bin/oxlint', '--deny-warnings', ...files] as const;
    const [compiler, linter] = await Promise.all([run('ts7/bin/tsc', '-p', place), run(...lint)]);
    expect(compiler).toBe('');
    expect(linter).toContain(`0 errors.\nFinished in `);
    expect(linter).toContain(` on ${files.length} files `);
  });

  it('passes its own specs, unchanged, after each step', async () => {
    await cp(join(root, 'apps/payments/package.json'), join(place, 'package.json')); // what a run needs is read from it
    const said = await run('vitest/vitest.mjs', 'run', '--root', place, '--config', join(root, 'vitest.config.ts'));
    const specs = globSync('*/src/!(*.faults).spec.ts', { cwd: place });
    expect(specs).toContain('payments-2/src/payments.service.spec.ts');
    for (const spec of specs) expect(said).toContain(` ✓ ${spec} (`);
    expect(said).toContain(' passed, 0 failed\n');
  });

  it('has no decorator and no client of ours after the first step, no server of ours after the second', () => {
    const transport = importsOf(copies.payments).filter((statement) => statement.includes('@fourfold/transport'));
    expect(transport).toEqual(["import type { IdempotencyKey } from '@fourfold/transport/idempotency-key'"]);
    const modules = importsOf(copies.orders).map(moduleOf);
    expect(modules).not.toContainEqual(expect.stringMatching(/transport\/(on|client|grpc)$/));
    const ours = importsOf(copies.left)
      .map(moduleOf)
      .filter((module) => /^@fourfold\/(?!contracts|messaging)/.test(module));
    expect([...new Set(ours)].sort()).toEqual([
      '@fourfold/service/config',
      '@fourfold/service/database',
      '@fourfold/service/messaging.module',
      '@fourfold/service/messaging.schema',
      '@fourfold/service/readiness',
      '@fourfold/service/service.module',
      '@fourfold/service/startup',
      '@fourfold/transport/idempotency-key', // the type, see above
    ]);
  });

  it.each(LOSSES)(
    'answers HTTP and gRPC, and charges once: $name',
    async ({ name, nowhere, grpcDetails, deadLetter }) => {
      const [{ environment, prefix }] = await Promise.all([serversOfItsOwn(), build(copies[name])]);
      const { channel, declare, deliver } = await queue(environment['RABBITMQ_URL']!, prefix);
      await declare(); // as whoever sends finds it
      await channel.deleteQueue(`${prefix}${QUEUE}.dead`);
      const [orderId, messageId] = [randomUUID(), randomUUID()];
      const charge = { orderId, customerId: 'c-1', amount: { currencyCode: 'EUR', minorUnits: 1999 } };
      for (const id of [messageId, messageId, randomUUID()]) deliver(charge, id);
      deliver({ orderId }, randomUUID());
      const stop = await start(copies[name], environment);

      const url = `http://${environment['HOST']}:${environment['HTTP_PORT']}`;
      const payment = { orderId, status: 'SETTLED', amount: { currencyCode: 'EUR', minorUnits: 1999 } };
      const overHttp = await vi.waitFor(() => get(`${url}/payments/${orderId}`, 200), { timeout: 10_000 });
      expect(overHttp).toMatchObject({ ...payment, decidedAt: expect.stringMatching(/^20\d\d-.*Z$/) });
      const getPayment = grpc(`${environment['HOST']}:${environment['GRPC_PORT']}`);
      const decidedAt = { seconds: Math.floor(Date.parse(overHttp.decidedAt) / 1000) };
      expect(await getPayment({ orderId })).toMatchObject({ ...payment, decidedAt });

      expect(await get(`${url}/payments/none`, 404)).toMatchObject({ reason: 'PAYMENT_NOT_FOUND' });
      await expect(getPayment({ orderId: 'none' })).rejects.toMatchObject({ code: 5, details: /none has no payment/ });
      await expect(getPayment({ orderId: '' })).rejects.toMatchObject({ code: 3 });
      expect(await get(`${url}/nowhere`, 404)).toMatchObject(nowhere);
      const refused: GrpcError = await getPayment({ orderId: 'none' }).catch((error) => error);
      expect(refused.metadata.get('grpc-status-details-bin')).toHaveLength(grpcDetails);
      expect(await get(`${url}/readyz`, 200)).toMatchObject({ checks: { database: true } });

      // nothing is left in the queue, what can never succeed is dead, and the rest was one payment
      const dead = await vi.waitUntil(() => channel.get(`${prefix}${QUEUE}.dead`), { timeout: 5000 });
      expect(JSON.parse(dead.content.toString())).toEqual({ orderId });
      expect(dead.properties.headers).toMatchObject(deadLetter);
      await stop();
      await declare(); // refused if it were another queue now
      expect(await channel.checkQueue(prefix + QUEUE)).toMatchObject({ messageCount: 0, consumerCount: 0 });
      expect(await announced(environment['DATABASE_URL']!, orderId)).toEqual(['shop.payments.v1.PaymentSettled']);
    },
  );
});

const QUEUE = 'payments.charge-payment';

/** PostgreSQL and brokers for this test alone, and what payments needs to know of them. */
const serversOfItsOwn = async () => {
  const payments = apps.filter(({ name }) => name === 'payments');
  const { context, apps: at } = await freshAllocation(payments);
  const providers = providersOf('embedded', context);
  onTestFinished(async () => {
    await Promise.all(providers.map((provider) => provider.stop()));
    await rm(context.folder, { recursive: true, force: true });
  });
  const servers = await Promise.all(providers.map((provider) => provider.start()));
  const prefix = 'leaving.';
  const environment = environmentOf(payments[0]!, { apps: at, ...Object.assign({}, ...servers) } as Addresses, prefix);
  return { environment, prefix };
};

/** A channel that is not ours, and what orders does with it. */
const queue = async (url: string, prefix: string) => {
  const model = await connect(url);
  const channel: Channel = await model.createChannel();
  channel.on('error', () => {}); // what it was asked for fails
  onTestFinished(() => model.close());
  const declare = async () => {
    await channel.assertQueue(`${prefix}${QUEUE}.dead`, quorum());
    const deadLetters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': `${prefix}${QUEUE}.dead` };
    await channel.assertQueue(prefix + QUEUE, quorum(deadLetters));
  };
  const deliver = (charge: object, messageId: string) =>
    channel.sendToQueue(prefix + QUEUE, Buffer.from(JSON.stringify(charge)), {
      type: 'shop.payments.v1.PaymentsService/ChargePayment',
      messageId,
      contentType: 'application/json',
    });
  return { channel, declare, deliver };
};

/** Our server declares its queues with these arguments; the broker refuses any others (406). */
const quorum = (deadLetters: object = {}) => ({
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000, ...deadLetters },
});

/** Runs a bundle until it is told to stop; then it must end by itself, and without an error. */
const start = async (folder: string, environment: Record<string, string>): Promise<() => Promise<void>> => {
  const child: ChildProcess = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const errors = text(child.stderr!);
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://${environment['HOST']}:${environment['HTTP_PORT']}/readyz`;
  const early = ended.then(async () => expect.fail(`main.js ended\n${await errors}`));
  await Promise.race([vi.waitFor(() => get(url, 200), { timeout: 30_000 }), early]);
  return async () => {
    early.catch(() => {});
    child.kill('SIGTERM');
    const [code] = await ended;
    if (code) throw new Error(`main.js ended with ${code}\n${await errors}`);
  };
};

const get = async (url: string, status: number): Promise<any> => {
  const response = await fetch(url);
  expect(response.status).toBe(status);
  return response.json();
};

/** grpc-js over the .proto: neither Nest nor a codec of ours. */
const grpc = (target: string) => {
  const options = { includeDirs: [join(root, 'proto')], enums: String, longs: Number, defaults: true };
  const { shop } = loadPackageDefinition(loadSync('shop/payments/v1/payments.proto', options)) as any;
  const Payments: ServiceClientConstructor = shop.payments.v1.PaymentsService;
  const client = new Payments(target, credentials.createInsecure());
  onTestFinished(() => client.close());
  return promisify(client['getPayment']!.bind(client)) as (request: object) => Promise<object>;
};

/** The types of the events about an order, in the outbox. */
const announced = async (url: string, orderId: string): Promise<string[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select type from outbox where key = $1', [orderId]);
  await client.end();
  return rows.map(({ type }) => type);
};
