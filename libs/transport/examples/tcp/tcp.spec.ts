/** What is TCP's own; the conformance suite tests the rest. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { ClientTCP } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client.ts';
import { ConformanceClient, ConformanceContract } from '../../conformance/contract.ts';
import { type Service, startService, Work } from '../../conformance/service.ts';
import { Gate, soon } from '../../conformance/steps.ts';
import { TcpClient } from './client.ts';
import { TcpServer } from './server.ts';
import { tcp } from './transport.ts';

const { wait, doJob } = ConformanceContract;
const INVALID_INPUT = { code: 'INVALID_ARGUMENT', reason: 'INVALID_INPUT' };

let service: Service;
let opened: { close(): unknown }[] = [];
const serve = async (drainTimeout?: number) => {
  const server = new TcpServer({ host: '127.0.0.1', port: 0, drainTimeout });
  service = await startService(server);
  opened.push(service);
  const [host, port] = server.address!.split(':') as [string, string];
  return { server, host, port: Number(port) };
};
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

describe("another program, with Nest's own client", () => {
  const ask = async (pattern: unknown, data: unknown) => {
    const client = new ClientTCP(await serve());
    opened.push(client);
    return lastValueFrom(client.send(pattern, data));
  };

  it('is answered', async () => {
    expect(await ask(wait.name, { name: 'foreign' })).toEqual({ text: 'foreign', number: 0 });
  });
  it.each([
    ['data that are no object', wait.name, [], INVALID_INPUT],
    ['a pattern that is no name', { cmd: 'wait' }, {}, { code: 'INVALID_ARGUMENT', reason: 'FOREIGN_MESSAGE' }],
    ['an unknown operation', 'forget', {}, { code: 'UNIMPLEMENTED', reason: 'UNKNOWN_OPERATION' }],
    ['more than 1 MiB', wait.name, { name: 'x'.repeat(2 ** 20) }, { reason: 'PAYLOAD_TOO_LARGE', status: 413 }],
  ])('is refused with a problem document: %s', async (_, pattern, data, problem) => {
    await expect(ask(pattern, data)).rejects.toMatchObject(problem);
  });
});

describe('a connection', () => {
  it.each(['no length#{}', '1#{}', `99999999#${'x'.repeat(5 * 2 ** 20)}`])(
    'is closed over a frame that cannot be read; others stay: %.20s',
    async (frame) => {
      const { server, host, port } = await serve();
      const client = new TcpClient(server.address!);
      opened.push(client);
      const calls = createClient(ConformanceClient, client);
      await calls.wait({ name: 'before' });
      const socket: Socket = connect(port, host).on('error', () => {});
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume().write(frame);
      await closed;
      expect(await calls.wait({ name: 'after' })).toMatchObject({ text: 'after' });
    },
  );
  it('that is lost aborts the calls that came over it', async () => {
    const { host, port } = await serve();
    const gate = new Gate();
    service.work.wait = gate.enter;
    const socket = connect(port, host);
    const metadata = { 'timeout-ms': '600000' }; // long after the test
    const packet = JSON.stringify({ id: '1', pattern: wait.name, data: { name: 'n' }, metadata });
    socket.write(`${packet.length}#${packet}`);
    await soon(() => expect(gate.waiting.size).toBe(1));
    const { signal } = service.work.calls.at(-1)!;
    expect(signal.aborted).toBe(false);
    socket.destroy();
    await once(signal, 'abort');
    gate.open();
  });
});

describe('a server', () => {
  it('does not wait for calls in flight beyond its limit', async () => {
    const { server } = await serve(50);
    const gate = new Gate();
    Object.assign(service.work, { wait: gate.enter } satisfies Partial<Work>);
    const client = new TcpClient(server.address!);
    opened.push(client);
    const call = createClient(ConformanceClient, client, { timeout: 10_000 }).wait({ name: 'slow' });
    await Promise.all([
      expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' }),
      soon(() => expect(gate.waiting.size).toBe(1)).then(() => server.close()),
    ]);
    gate.open();
  });
  it('names a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    opened.push(other);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const listening = new TcpServer({ host: '127.0.0.1', port }).listen();
    await expect(listening).rejects.toThrow(`TCP_PORT ${port}: cannot listen: listen EADDRINUSE`);
  });
  it('takes no commands: nothing would keep them', () => {
    const operation = { ...doJob, bindings: { ...doJob.bindings, tcp: true } } as const;
    expect(() => tcp.bind(operation)).toThrow('is a command: TCP keeps no message until it is handled');
  });
});
