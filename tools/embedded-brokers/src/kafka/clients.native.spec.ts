import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { useBroker } from '../../testing/kafka/use-broker.ts';

const running = useBroker();
const run = promisify(execFile);

beforeEach(async () => {
  const admin = running.kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'k', numPartitions: 3 }] });
  await admin.disconnect();
});

/** librdkafka; needs `apt-get install kcat`. */
describe('kcat', () => {
  const kcat = async (...args: string[]) =>
    (await run('kcat', ['-b', running.broker.brokers, ...args], { timeout: 15_000 })).stdout.trim().split('\n');
  const produce = async (text: string, ...args: string[]) => {
    const child = spawn('kcat', ['-b', running.broker.brokers, '-P', '-t', 'k', ...args]);
    child.stdin.end(text);
    expect(await once(child, 'exit')).toEqual([0, null]);
  };

  it('lists topics', async () => {
    const lines = await kcat('-L');
    expect(lines.some((line) => line.includes('topic "k" with 3 partitions'))).toBe(true);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('produces and consumes with %s', async (codec) => {
    const lines = Array.from({ length: 200 }, (_, n) => `${codec}-${n}`);
    await produce(lines.join('\n'), '-p', '1', '-z', codec, '-X', 'enable.idempotence=true');
    const format = ['-f', '%o %s\\n', '-X', 'check.crcs=true'];
    const heard = await kcat('-C', '-t', 'k', '-p', '1', '-o', 'beginning', '-e', '-q', ...format);
    expect(heard).toEqual(lines.map((line, offset) => `${offset} ${line}`));
    expect(await kcat('-Q', '-t', 'k:1:-1')).toEqual(['k [1] offset 200']);
  });

  it('consumes each message once in a group', async () => {
    await produce('one\ntwo\nthree');
    const group = ['-G', 'g', '-q', '-X', 'auto.offset.reset=earliest', '-c'];
    expect((await kcat(...group, '3', 'k')).toSorted()).toEqual(['one', 'three', 'two']);
    await produce('four');
    expect(await kcat(...group, '1', 'k')).toEqual(['four']);
  });
});

/** Apache Kafka's own client; needs Java 17 and Kafka's jars. */
describe('the Java client', () => {
  const LOGGED = /^\d{4}-\d\d-\d\dT/;
  const classPath = process.env['KAFKA_CLASS_PATH'];

  it('supports what a service does, with default settings', { timeout: 240_000 }, async () => {
    if (!classPath) throw new Error('KAFKA_CLASS_PATH is not set: the jars of a Kafka, for example /opt/kafka/libs/*');
    const program = join(import.meta.dirname, '../../testing/kafka/java-client.java');
    const { stdout } = await run('java', ['-cp', classPath, program, running.broker.brokers], { timeout: 220_000 });
    const said = stdout.split('\n').filter((line) => line !== '' && !LOGGED.test(line));
    expect(said).toEqual([
      'cluster: fourfold-embedded',
      'partitions: 4',
      'heard: 500',
      'stamped, with their checksums checked: 5',
      'heard again: 0 after a commit',
      'retention.ms: 1000',
      'end: 500',
      'group: Empty',
      'committed: 5',
      'groups: 0',
      'topics: [k, t]',
      'rights: SecurityDisabledException',
      'a transaction: TransactionalIdAuthorizationException',
      'a static member: 1',
      'the same member again: 1',
      'group.protocol=consumer: UnsupportedVersionException',
    ]);
  });
});
