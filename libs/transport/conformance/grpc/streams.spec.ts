/** Streams whose client does not keep up, and whose server stops. */
import { Client, credentials } from '@grpc/grpc-js';
import { Observable } from 'rxjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GrpcClient } from '../../src/grpc/client.ts';
import { methodOf } from '../../src/grpc/method.ts';
import { MAX_WAITING_BYTES } from '../../src/pipeline/outflow.ts';
import { ConformanceContract } from '../contract.ts';
import { openGrpc } from '../drivers/grpc.driver.ts';
import { startService, type Service } from '../service.ts';
import { soon, turn } from '../steps.ts';

const TEXT = 'x'.repeat(10_000);
const { path, requestSerialize, responseDeserialize } = methodOf(ConformanceContract.count);

let service: Service;
let channel: Client;
beforeEach(async () => {
  const driver = await openGrpc();
  service = await startService(driver.server!());
  channel = new Client(service.server!.address!, credentials.createInsecure());
});
afterEach(async () => {
  channel.close();
  await service.close();
});

/** A call of which only the first message is read, until it is resumed: before that, grpc-js's client takes in everything. */
const open = async () => {
  const call = channel.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { to: 1, fails: false });
  call.on('error', () => {});
  await new Promise((resolve) => call.once('data', resolve));
  return call.pause();
};
/** Resolves when a number has not changed for a while. */
const settled = async (count: () => number): Promise<number> => {
  for (let before = -1, same = 0; same < 50; before = count()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    same = count() === before && before > 0 ? same + 1 : 0;
  }
  return count();
};

it('asks a source for no more while its client does not read, and goes on when it does', async () => {
  let asked = 0;
  service.work.source = async function* () {
    while (asked < 2000) yield { text: TEXT, number: ++asked };
  };
  const call = await open();
  const before = await settled(() => asked);
  expect(before * TEXT.length).toBeLessThan(2 * MAX_WAITING_BYTES);
  let read = 1;
  call.on('data', () => read++).resume();
  await soon(() => expect(read).toBe(2000));
});

it('ends the stream of a client that does not read, if its source cannot wait', async () => {
  let sent = 0;
  let isLeft = false;
  service.work.source = () =>
    new Observable((subscriber) => {
      const push = async () => {
        for (; !subscriber.closed && sent < 100_000; sent++) {
          subscriber.next({ text: TEXT, number: sent });
          if (sent % 10 === 0) await turn();
        }
      };
      void push();
      return () => void (isLeft = true);
    });
  const call = await open();
  await soon(() => expect(isLeft).toBe(true));
  expect(sent * TEXT.length).toBeLessThan(3 * MAX_WAITING_BYTES);
  const failure = new Promise((resolve) => call.on('error', resolve));
  call.on('data', () => {}).resume();
  expect(await failure).toMatchObject({ code: 8, details: expect.stringContaining('wait for its reader') });
});

it('hands on no more than its own client takes, over two hops', async () => {
  let asked = 0;
  service.work.source = async function* () {
    while (asked < 2000) yield { text: TEXT, number: ++asked };
  };
  const transport = new GrpcClient(service.server!.address!);
  const [stream] = [
    transport.stream({
      operation: ConformanceContract.count,
      input: { to: 1, fails: false },
      deadline: Date.now() + 10_000,
      metadata: {},
    }),
  ];
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  expect((await settled(() => asked)) * TEXT.length).toBeLessThan(2 * MAX_WAITING_BYTES);
  await iterator.return!();
  await transport.close();
});

it('ends with UNAVAILABLE when its service stops, so that its client asks another replica', async () => {
  service.work.source = async function* () {
    yield { text: 'first', number: 1 };
    await new Promise(() => {});
  };
  const call = await open();
  const failure = new Promise((resolve) => call.on('error', resolve));
  call.resume();
  await Promise.all([service.close(), expect(failure).resolves.toMatchObject({ code: 14 })]);
});
