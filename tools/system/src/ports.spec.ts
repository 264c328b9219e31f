import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkPorts } from './ports.ts';
import { HOST } from './system.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const listening = async () => {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  closing.push(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
};

describe('ports that are needed', () => {
  it('are refused where somebody listens, with who needs them', async () => {
    const { port } = await listening();
    const checked = checkPorts([{ port, neededBy: 'orders (HTTP)' }]);
    await expect(checked).rejects.toThrow(
      `Port ${port} is in use, and orders (HTTP) needs it: stop what listens there`,
    );
  });

  it('are waited for where a connection has them that goes away', async () => {
    const { server, port } = await listening();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const outgoing = connect(port, HOST).on('error', () => {}); // it is reset below
    await once(outgoing, 'connect');
    const [incoming] = await accepted;
    const lingering = Promise.withResolvers<number>();
    const checked = checkPorts([{ port: outgoing.localPort!, neededBy: 'x' }], (use) => lingering.resolve(use.port));
    expect(await lingering.promise).toBe(outgoing.localPort);
    incoming.resetAndDestroy(); // without TIME_WAIT, which would last a minute
    await checked;
  });
});
