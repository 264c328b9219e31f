/** Connections that go silent without being closed, as over a firewall that forgot them or to a machine that is gone. */
import net from 'node:net';
import { TcpProxy } from '@fourfold/testing/tcp-proxy';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../src/client.ts';
import { GrpcClient } from '../src/grpc/client.ts';
import { GrpcServer } from '../src/grpc/server.ts';
import { RabbitMqClient } from '../src/rabbitmq/client.ts';
import { RabbitMqPublisher } from '../src/rabbitmq/publisher.ts';
import { RabbitMqServer } from '../src/rabbitmq/server.ts';
import { openKafka } from './drivers/kafka.driver.ts';
import { openRabbitMq } from './drivers/rabbitmq.driver.ts';
import { brokersOrExplain } from './kafka/service.fixture.ts';
import { rabbitMqUrl } from './rabbitmq/service.fixture.ts';
import { ConformanceClient, ConformanceContract } from './contract.ts';
import { startService, Work } from './service.ts';

/** Milliseconds within which a silent connection is noticed. */
const LIMIT = 30_000;
const within = async (work: () => Promise<void>): Promise<void> => {
  const began = performance.now();
  await work();
  expect(performance.now() - began).toBeLessThan(LIMIT);
};
const proxyBefore = async (server: string, port?: number): Promise<TcpProxy> => {
  const proxy = await TcpProxy.before(server, port);
  await proxy.open();
  onTestFinished(() => proxy.cut());
  return proxy;
};

it('over gRPC: calls and streams end with UNAVAILABLE, and later ones go through', { timeout: 60_000 }, async () => {
  const work = Object.assign(new Work(), {
    wait: (name: string) => (name === 'ever' ? new Promise<void>(() => {}) : undefined),
  });
  const server = new GrpcServer({ host: '127.0.0.1', port: 0, contracts: [ConformanceContract], drainTimeout: 100 });
  const service = await startService(server, { work });
  onTestFinished(() => service.close());
  const proxy = await proxyBefore(server.address!);
  const transport = new GrpcClient(proxy.address);
  onTestFinished(() => transport.close());
  const calls = createClient(ConformanceClient, transport, { timeout: 60_000 });
  await calls.wait({ name: 'once' });
  const pending = calls.wait({ name: 'ever' }).catch((error: unknown) => error);
  await expect.poll(() => work.calls.length).toBe(2);
  const { signal } = work.calls[1]!;
  proxy.silence();
  await within(async () => {
    expect(await pending).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await calls.wait({ name: 'again' })).toMatchObject({ text: 'again' });
    await expect.poll(() => signal.aborted, { timeout: LIMIT }).toBe(true); // the server has noticed it, too
  });
});

it('over RabbitMQ: server, client and publisher connect anew', { timeout: 90_000 }, async () => {
  const proxy = await proxyBefore(rabbitMqUrl(), 5672);
  const driver = await openRabbitMq(proxy.url);
  onTestFinished(() => driver.close());
  const work = Object.assign(new Work(), {
    wait: (name: string) => (name === 'ever' ? new Promise<void>(() => {}) : undefined),
  });
  const server = driver.server!() as RabbitMqServer;
  const service = await startService(server, { work });
  onTestFinished(() => service.close());
  const transport = driver.client(service) as RabbitMqClient;
  const calls = createClient(ConformanceClient, transport, { timeout: 60_000 });
  await calls.wait({ name: 'once' });
  const publisher = driver.publisher as RabbitMqPublisher;
  const job = (number: number) => driver.jobs!.message({ subject: 's', number });
  await publisher.publish([job(1)]);
  const pending = calls.wait({ name: 'ever' }).catch((error: unknown) => error);
  await expect.poll(() => work.calls.length).toBe(2);
  proxy.silence();
  await within(async () => {
    const [outcome] = await publisher.publish([job(2)]);
    expect(outcome).toMatchObject({ error: { code: 'UNAVAILABLE' }, isFinal: false });
    expect(await pending).toMatchObject({ code: 'UNAVAILABLE' });
    await expect.poll(() => server.waitsFor(), { timeout: LIMIT }).toBeUndefined();
    await expect.poll(() => publisher.publish([job(3)]), { timeout: LIMIT }).toEqual([undefined]);
    await expect.poll(() => work.jobs.map(({ number }) => number), { timeout: LIMIT }).toContain(3);
  });
});

it('over Kafka: the member joins again, and the publisher connects anew', { timeout: 120_000 }, async () => {
  const broker = brokersOrExplain()[0]!;
  const proxy = await proxyBefore(broker);
  const [host, port] = broker.split(':');
  const { connect } = net;
  // Kafka tells its clients its own address: they find the proxy there
  const redirected = vi.spyOn(net, 'connect').mockImplementation(((
    options: net.NetConnectOpts,
    listener: () => void,
  ) => {
    const { port: wanted } = options as net.TcpNetConnectOpts;
    return connect(
      wanted === Number(port) ? { host: host!, port: Number(proxy.address.split(':')[1]) } : options,
      listener,
    );
  }) as typeof net.connect);
  onTestFinished(() => redirected.mockRestore());
  const driver = await openKafka();
  onTestFinished(() => driver.close());
  const service = await startService(driver.server!());
  onTestFinished(() => service.close());
  const job = (number: number) => driver.jobs!.message({ subject: 's', number });
  await driver.publisher!.publish([job(1)]);
  await expect.poll(() => service.work.jobs).toHaveLength(1);
  proxy.silence();
  await within(async () => {
    await expect.poll(() => service.server!.waitsFor!(), { timeout: LIMIT }).toBeDefined();
    await expect.poll(() => driver.publisher!.publish([job(2)]), { timeout: LIMIT }).toEqual([undefined]);
    await expect.poll(() => service.work.jobs.map(({ number }) => number), { timeout: LIMIT }).toContain(2);
    await expect.poll(() => service.server!.waitsFor!(), { timeout: LIMIT }).toBeUndefined();
  });
});
