import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkPorts } from './needed-ports.ts';
import { HOST } from '../system.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const listening = async () => {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  closing.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
};

describe('ports that are needed', () => {
  it('are refused if a program listens on them, and the error names what needs them', async () => {
    const { port } = await listening();
    const checked = checkPorts([{ port, neededBy: 'orders (HTTP)' }]);
    await expect(checked).rejects.toThrow(
      `Port ${port} is in use, but orders (HTTP) needs it: stop the program that listens on it`,
    );
  });

  it('are waited for while a connection holds them', async () => {
    const { server, port } = await listening();
    const incoming: Socket[] = [];
    server.on('connection', (socket) => incoming.push(socket));
    // several, because another connection that was closed in the last minute may hold the same port
    const outgoing = Array.from({ length: 40 }, () => connect(port, HOST).on('error', () => {})); // reset below
    await Promise.all(outgoing.map((socket) => once(socket, 'connect')));
    await expect.poll(() => incoming).toHaveLength(outgoing.length);
    const lingering = outgoing.map(() => Promise.withResolvers<void>());
    const checked = outgoing.map(({ localPort }, index) =>
      checkPorts([{ port: localPort!, neededBy: 'x' }], () => lingering[index]!.resolve()),
    );
    for (const one of checked) one.catch(() => {}); // another program may have come to listen on the same number
    await Promise.any(lingering.map(({ promise }) => promise));
    for (const socket of incoming) socket.resetAndDestroy(); // without TIME_WAIT, which would last a minute
    await Promise.any(checked);
  });
});
