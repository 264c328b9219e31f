import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useBroker } from '../../testing/kafka/use-broker.ts';
import { Random } from '../faults/random.ts';
import { APIS } from './apis.ts';
import { Writer } from './wire/writer.ts';

const running = useBroker();
const FRAMES = 3000;
const SOME = 250;

const bytesOf = (random: Random, most: number): Buffer =>
  Buffer.from(Array.from({ length: random.below(most) }, () => random.of([0, 0, 0, 1, random.below(256), 255])));

/** A request with a valid header and a random body of mostly small numbers. */
const request = (random: Random): Buffer => {
  const api = random.of([...APIS.values()]);
  const version = api.versions[0] + random.below(api.versions[1] - api.versions[0] + 2);
  const header = new Writer().int16(random.chance(3) ? random.below(200) : api.key).int16(version);
  return Buffer.concat([header.int32(random.below(1000)).string('fuzz').finish(), bytesOf(random, 120)]);
};
const framed = (body: Buffer): Buffer => new Writer().bytes(body).finish();
const frame = (random: Random): Buffer => {
  const whole = framed(request(random));
  if (random.chance(10)) return whole.subarray(0, random.below(whole.length));
  if (random.chance(10)) return bytesOf(random, 200);
  if (random.chance(5)) return new Writer().int32(random.of([-1, -(2 ** 31), 2 ** 31 - 1, 104_857_601])).finish();
  return whole;
};

/** Sends bytes, ends the connection and waits until the broker has closed it. */
const sendAndEnd = async (port: number, bytes: Buffer): Promise<void> => {
  const socket = connectTo(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  const closed = once(socket, 'close');
  socket.end(bytes);
  await closed;
};

describe('malformed requests', () => {
  it('close only their own connection, with one log line', async () => {
    const { broker, log, kafka } = running;
    const cases = [
      new Writer().int32(-1).finish(),
      new Writer().int32(104_857_601).finish(),
      framed(Buffer.alloc(10)).subarray(0, 8),
      framed(new Writer().int16(999).int16(0).int32(1).string('x').finish()),
      framed(new Writer().int16(3).int16(99).int32(1).string('x').finish()),
      framed(new Writer().int16(3).int16(1).int32(1).string('x').int32(2_000_000_000).finish()),
    ];
    for (const bytes of cases) await sendAndEnd(broker.port, bytes);
    expect(log.slice(1)).toHaveLength(cases.length);
    for (const line of log.slice(1)) expect(line).toMatch(/^Kafka: .*connection closed: /);
    const admin = kafka.admin();
    await admin.connect();
    await admin.disconnect();
  });

  it(`${FRAMES} of them neither crash the broker nor leak memory`, { timeout: 120_000 }, async () => {
    const { broker, log, kafka } = running;
    const random = new Random(4);
    globalThis.gc?.();
    const before = process.memoryUsage();
    for (let sent = 0; sent < FRAMES; sent += SOME)
      await Promise.all(Array.from({ length: SOME }, () => sendAndEnd(broker.port, frame(random))));
    globalThis.gc?.();
    const after = process.memoryUsage();
    expect(log.filter((line) => line.includes('internal error of the broker'))).toEqual([]);
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(64 * 1024 * 1024);
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'still-there' }] });
    await admin.disconnect();
  });
});
