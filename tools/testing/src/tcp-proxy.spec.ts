import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

const echo = createServer((socket) => socket.pipe(socket));
let server: string;
let proxy: TcpProxy;
beforeEach(async () => {
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  server = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
  proxy = await TcpProxy.before(server);
});
afterEach(async () => {
  await proxy.cut();
  await new Promise((resolve) => echo.close(resolve));
});

const connected = async (): Promise<Socket> => {
  const socket = connect(Number(proxy.address.split(':')[1]), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};
const answerTo = async (socket: Socket, text: string): Promise<string> => {
  socket.write(text);
  const [answer] = await once(socket, 'data');
  return String(answer);
};
/** A whole exchange with the server, without the proxy: what the proxy passed on before has arrived. */
const passBy = async (): Promise<void> => {
  const socket = connect(Number(server.split(':')[1]), '127.0.0.1');
  await answerTo(socket, 'passes by');
  socket.destroy();
};

it('passes bytes in both directions', async () => {
  await proxy.open();
  const socket = await connected();
  expect(await answerTo(socket, 'hello')).toBe('hello');
});

it('refuses connections until it is opened', async () => {
  await expect(connected()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('drops what is connected when it is cut, and listens on the same port when it is opened again', async () => {
  await proxy.open();
  const socket = await connected();
  await answerTo(socket, 'hello');
  const dropped = once(socket, 'close');
  await proxy.cut();
  await dropped;
  await expect(connected()).rejects.toMatchObject({ code: 'ECONNREFUSED' });

  await proxy.open();
  expect(await answerTo(await connected(), 'again')).toBe('again');
});

it('closes both ends when one of them leaves', async () => {
  await proxy.open();
  const [[atServer], socket] = await Promise.all([once(echo, 'connection'), connected()]);
  socket.destroy();
  await expect(once(atServer, 'close')).resolves.toEqual([false]); // without an error
});

it('keeps the rest of a URL', async () => {
  const { address, url } = await TcpProxy.before('amqp://user:password@127.0.0.1:5672/vhost?heartbeat=1');
  expect(url).toBe(`amqp://user:password@${address}/vhost?heartbeat=1`);
});

it('has a default port for a URL without one', async () => {
  const withDefault = await TcpProxy.before(`amqp://127.0.0.1`, Number(server.split(':')[1]));
  await withDefault.open();
  const socket = connect(Number(withDefault.address.split(':')[1]), '127.0.0.1');
  expect(await answerTo(socket, 'hello')).toBe('hello');
  await withDefault.cut();
});

it('holds back what is sent, also on new connections, and passes it on when it is released', async () => {
  await proxy.open();
  const before = await connected();
  await answerTo(before, 'hello');
  proxy.hold();
  const since = await connected();
  const answers = [before, since].map((socket) => answerTo(socket, 'held'));
  let isAnswered = false;
  for (const answer of answers) void answer.then(() => (isAnswered = true));

  await passBy();
  expect(isAnswered).toBe(false);

  proxy.release();
  expect(await Promise.all(answers)).toEqual(['held', 'held']);
});

it('holds back also that a connection is closed', async () => {
  await proxy.open();
  const [[atServer], socket] = await Promise.all([once(echo, 'connection'), connected()]);
  let isClosed = false;
  const closed = once(atServer, 'close').then(() => (isClosed = true));
  proxy.hold();
  socket.resetAndDestroy();
  await once(socket, 'close');
  await passBy();
  expect(isClosed).toBe(false);

  proxy.release();
  await closed;
});

it('lets a Kafka broker say the address of the proxy', async () => {
  const kafka = await TcpProxy.beforeKafka(server);
  await kafka.open();
  const socket = connect(Number(kafka.address.split(':')[1]), '127.0.0.1');
  const named = ({ port }: URL) =>
    Buffer.from([0, 0, 0, 15, 0, 9, ...Buffer.from('127.0.0.1'), 0, 0, Number(port) >> 8, Number(port) & 255]);
  socket.write(named(new URL(`tcp://${server}`)));
  const [answer] = await once(socket, 'data');
  expect(answer).toEqual(named(new URL(`tcp://${kafka.address}`)));
  await kafka.cut();
});
