import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { EventEmitter, once } from 'node:events';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from './machine/free-ports.ts';
import { run, type RunOptions, type System } from './run.ts';
import { rabbitmqAnswers } from './servers/answers.ts';
import type { App } from './system.ts';

const APPS: App[] = [
  { name: 'front', http: 1, needs: [], calls: ['back'] },
  { name: 'back', http: 2, grpc: 3, needs: [], calls: [] },
];
const NEVER: App = { name: 'never', http: 4, needs: [], calls: [] };

const BROKERS = 'embedded RabbitMQ and Kafka (in memory, for development)';

let root: string;
let running: System | undefined;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fourfold-run-'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  for (const { name } of [...APPS, NEVER]) await mkdir(join(root, 'apps', name), { recursive: true });
});
afterEach(() => running?.stop());
afterAll(() => rm(root, { recursive: true }));

describe('run', () => {
  it('resolves when every app is ready, each at its own free port', async () => {
    running = await run(options());

    const [front, back] = [await environmentOf('front'), await environmentOf('back')];
    expect(front.BACK_GRPC_URL).toBe(`127.0.0.1:${back.GRPC_PORT}`);
    expect(new Set([front.HTTP_PORT, back.HTTP_PORT, back.GRPC_PORT]).size).toBe(3);
  });

  it('hands the messaging prefix to the apps', async () => {
    running = await run({ ...options(), messagingPrefix: 'test-7.' });

    expect((await environmentOf('back')).MESSAGING_PREFIX).toBe('test-7.');
  });

  it('restarts an app that crashed, and says so', async () => {
    const lines = new Lines();
    running = await run(options(lines));
    await lines.seen('back | listening');

    await fetch(`${running.url('back')}/crash`).catch(() => {});

    await lines.seen('system | back exited with code 3; restarting in 0.5 s');
    await lines.seen('back | listening', 2);
    expect((await environmentOf('back')).HTTP_PORT).toBe(String(running.addresses.apps.back?.http));
  });

  it('restarts an app in order when told to, and waits until it is ready', async () => {
    const lines = new Lines();
    running = await run(options(lines));
    const pid = await pidOf('back');

    await running.restart('back');

    expect(await pidOf('back')).not.toBe(pid);
    await lines.seen('back | drained');
    expect(lines.all.filter((line) => line.includes('restarting in'))).toEqual([]);
  });

  it('kills an app when told to, and starts it again at once', async () => {
    const lines = new Lines();
    running = await run(options(lines));
    const pid = await pidOf('back');

    await running.crash('back');
    await running.untilReady('back');

    expect(await pidOf('back')).not.toBe(pid);
    expect(lines.all.filter((line) => /drained|restarting in/.test(line))).toEqual([]);
  });

  it('runs several processes of each app, which call all those of another', async () => {
    running = await run({ ...options(), replicas: 2 });

    expect(running.replicas).toEqual(['front', 'front 2', 'back', 'back 2']);
    const [back, back2] = [await environmentOf('back'), await environmentOf('back 2')];
    for (const front of ['front', 'front 2'])
      expect((await environmentOf(front)).BACK_GRPC_URL).toBe(
        `ipv4:127.0.0.1:${back.GRPC_PORT},127.0.0.1:${back2.GRPC_PORT}`,
      );
    expect(back2.HTTP_PORT).not.toBe(back.HTTP_PORT);
  });

  it('refuses several processes of an app at its usual port', async () => {
    const started = run({ ...options(), fresh: false, replicas: 2 });

    await expect(started).rejects.toThrow('replicas: more than one process per app needs fresh: true');
  });

  it('starts no server that runs already', async () => {
    const app: App = { name: 'front', http: 1, needs: ['rabbitmq', 'kafka'], calls: [] };
    const lines = new Lines();

    running = await run({
      ...options(lines),
      apps: [app],
      servers: { rabbitmq: 'amqp://127.0.0.1:1', kafka: '127.0.0.1:2' },
    });

    expect(await environmentOf('front')).toMatchObject({
      RABBITMQ_URL: 'amqp://127.0.0.1:1',
      KAFKA_BROKERS: '127.0.0.1:2',
    });
    expect(lines.all.filter((line) => line.startsWith('system'))).toEqual([]);
  });

  it('restarts a server that was killed, and says so', async () => {
    const lines = new Lines();
    running = await run({ ...options(lines), apps: [{ ...NEVER, name: 'front', needs: ['rabbitmq'] }] });

    running.signalServer('rabbitmq', 'SIGKILL');

    await lines.seen(`system | ${BROKERS}: exited unexpectedly; restarting in 0.5 s`);
    await lines.seen(`system | ${BROKERS}: ready`, 2);
    await rabbitmqAnswers(running.addresses.rabbitmq!);
    expect(() => running!.signalServer('database', 'SIGKILL')).toThrow('cannot send SIGKILL to database');
  });

  it('lets the apps finish their work when it stops', async () => {
    const lines = new Lines();
    running = await run(options(lines));

    await running.stop();

    await lines.seen('front | drained');
    await lines.seen('back | drained');
    await expect(fetch(`${running.url('front')}/readyz`)).rejects.toBeInstanceOf(TypeError);
  });

  it('does not start the apps that are run elsewhere', async () => {
    const lines = new Lines();
    running = await run({ ...options(lines), without: ['back'] });

    expect((await environmentOf('front')).BACK_GRPC_URL).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(lines.all.filter((line) => line.startsWith('back'))).toEqual([]);
  });

  it('builds the apps apart from those of other runs, and removes them at the end', async () => {
    running = await run(options());
    const other = await run(options());
    const mains = [running.mainOf('front'), other.mainOf('front')];

    expect(mains).toEqual([1, 2].map((number) => join(root, `.builds/${number}/apps/front/main.js`)));
    expect(mains.map((main) => existsSync(main))).toEqual([true, true]);

    await running.stop();
    await other.stop();
    expect(mains.map((main) => existsSync(main))).toEqual([false, false]);
  });

  it('refuses to share the data of another run, and says which that is', async () => {
    const kept: RunOptions = { ...options(), fresh: false, apps: await withFreePorts() };
    running = await run(kept);

    await expect(run(kept)).rejects.toThrow(`process ${process.pid} holds ${join(root, '.system')}`);

    expect(await pidOf('front')).toMatch(/^\d+$/);
    await running.stop();
    running = await run(kept);
  });

  it('names a port that is in use, and who needs it, before anything starts', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const lines = new Lines();

    const started = run({
      ...options(lines),
      fresh: false,
      apps: [{ name: 'front', http: port, needs: [], calls: [] }],
    });

    await expect(started).rejects.toThrow(`Port ${port} is in use, but front (HTTP) needs it`);
    expect(lines.all).toEqual([]);
    other.close();
  });

  it(
    'names the app that does not become ready, with its answer, and leaves nothing running',
    { timeout: 40_000 },
    async () => {
      const never = `import { createServer } from 'node:http';
      createServer((_, response) => response.writeHead(503).end('no database')).listen(process.env.HTTP_PORT, process.env.HOST);`;
      const lines = new Lines();
      const withNever = async (...args: Parameters<typeof build>) => {
        await build(...args);
        await writeFile(join(args[2], 'never/main.js'), never);
      };

      const started = run({ ...options(lines), apps: [...APPS, NEVER], build: withNever, readyLimit: 3000 });

      await expect(started).rejects.toThrow(/^never is not ready after 3 s: .*\/readyz: 503 no database$/);
      await lines.seen('front | drained');
    },
  );
});

function options(lines = new Lines()): RunOptions {
  return { apps: APPS, root, fresh: true, build, output: lines.output };
}

async function withFreePorts(): Promise<App[]> {
  const [http = 0] = await freePorts(1);
  return [{ name: 'front', http, needs: [], calls: [] }];
}

async function build(_: string, folders: string[], into: string): Promise<void> {
  for (const folder of folders)
    await cp(join(import.meta.dirname, 'fixtures/app.js'), join(into, basename(folder), 'main.js'));
}

async function environmentOf(app: string): Promise<Record<string, string>> {
  return (await (await fetch(`${running?.url(app)}/environment`)).json()) as Record<string, string>;
}

async function pidOf(app: string): Promise<string> {
  return (await fetch(`${running?.url(app)}/pid`)).text();
}

/** The lines of the output, and a way to wait for one. */
class Lines extends EventEmitter {
  readonly all: string[] = [];
  readonly output = (from: string, line: string) => {
    this.all.push(`${from} | ${line}`);
    this.emit('line');
  };

  async seen(expected: string, times = 1): Promise<void> {
    while (this.all.filter((line) => line === expected).length < times) await once(this, 'line');
  }
}
