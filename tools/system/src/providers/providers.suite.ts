import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePorts } from '../machine/free-ports.ts';
import type { Servers } from '../system.ts';
import type { ProviderContext, Provider } from './provider.ts';

/** A new folder and free ports for each test. */
export function useProviderContext(): () => ProviderContext {
  let context: ProviderContext;
  beforeEach(async () => {
    const [database = 0, rabbitmq = 0, kafka = 0] = await freePorts(3);
    const folder = await mkdtemp(join(tmpdir(), 'fourfold-providers-'));
    await chmod(folder, 0o755);
    context = { folder, temporary: true, ports: { database, rabbitmq, kafka }, databases: ['orders', 'payments'] };
  });
  afterEach(() => rm(context.folder, { recursive: true, force: true }));
  return () => context;
}

/** The behaviour of every provider that starts a server. */
export function itProvides(
  context: () => ProviderContext,
  create: (context: ProviderContext) => Provider,
  answers: (servers: Servers) => Promise<void>,
): void {
  it('answers once started, not after it has stopped, and again when it is restarted on the same data', async () => {
    for (let time = 1; time <= 2; time++) {
      const provider = create(context());
      await provider.check();
      const servers = await provider.start();
      await answers(servers);
      await provider.stop();
      await expect(answers(servers)).rejects.toBeInstanceOf(Error);
    }
  }, 120_000);

  it('ends when its processes are killed, and starts again on the same data', async () => {
    const provider = create(context());
    const servers = await provider.start();
    const ended = once(provider.ended!, 'abort');
    provider.signal!('SIGKILL');
    await ended;
    await expect(answers(servers)).rejects.toBeInstanceOf(Error);
    await provider.stop();
    await answers(await provider.start());
    await provider.stop();
  }, 120_000);

  it('can be stopped while it is frozen', async () => {
    const provider = create(context());
    const servers = await provider.start();
    provider.signal!('SIGSTOP');
    await provider.stop();
    await expect(answers(servers)).rejects.toBeInstanceOf(Error);
  }, 120_000);

  it('can be stopped before it has started', async () => {
    await expect(create(context()).stop()).resolves.toBeUndefined();
  });
}
