import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AmqpBroker, startAmqp } from './broker.ts';

/** Debian's amqp-tools, which use librabbitmq: `apt-get install amqp-tools`. */
const run = promisify(execFile);
let broker: AmqpBroker;

beforeAll(async () => {
  broker = await startAmqp();
});
afterAll(() => broker.close());

const tool = async (name: string, ...args: string[]): Promise<string> => {
  const { stdout } = await run(`amqp-${name}`, [`--url=${broker.url}`, ...args]);
  return stdout;
};

describe('amqp-tools', () => {
  it('declare, publish, get and delete', async () => {
    expect(await tool('declare-queue', '--queue=tools', '--durable')).toBe('tools\n');
    await tool('publish', '--routing-key=tools', '--body=one', '--persistent', '--content-type=text/plain');
    await tool('publish', '--routing-key=tools', '--body=two');
    expect(await tool('get', '--queue=tools')).toBe('one');
    expect(await tool('delete-queue', '--queue=tools')).toBe('1\n');
    await expect(tool('get', '--queue=tools')).rejects.toThrow("no queue 'tools' in vhost '/'");
  });

  it('consume, through an exchange', async () => {
    const consuming = tool('consume', '--exchange=amq.topic', '--routing-key=a.#', '--count=2', 'cat');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await tool('publish', '--exchange=amq.topic', '--routing-key=a.b', '--body=first ');
    await tool('publish', '--exchange=amq.topic', '--routing-key=b', '--body=never ');
    await tool('publish', '--exchange=amq.topic', '--routing-key=a', '--body=second');
    expect(await consuming).toBe('first second');
  });
});
