import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL = 100;

/** Tries until `answers` resolves; rejects with its last error after `limit` ms, or when `ended` is aborted. */
export async function untilAnswers(answers: () => Promise<void>, limit: number, ended?: AbortSignal): Promise<void> {
  const deadline = Date.now() + limit;
  for (;;) {
    try {
      return await answers();
    } catch (error) {
      if (ended?.aborted || Date.now() > deadline) throw error;
      await delay(POLL_INTERVAL, undefined, { signal: ended });
    }
  }
}

/** Sends the header of AMQP 0-9-1 and expects Connection.Start, a method frame (type 1): the port opens earlier than that. */
export async function rabbitmqAnswers(url: string): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const tls = protocol === 'amqps:';
  const answer = await ask(
    hostname,
    Number(port) || (tls ? 5671 : 5672),
    Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'),
    tls,
  );
  if (answer[0] !== 1) throw new Error(`${hostname}:${port} does not speak AMQP 0-9-1`);
}

// Metadata v4 of no topic: length, API key, version, correlation id, no client id, no topics, no creation of topics
const METADATA_REQUEST = Buffer.from(
  ['0000000f', '0003', '0004', '00000001', 'ffff', '00000000', '00'].join(''),
  'hex',
);
// length, correlation id, throttle time; then the number of brokers
const BROKER_COUNT_OFFSET = 12;

/** Asks the first of `host:port,host:port` for the brokers of its cluster; one that is still starting lists none. */
export async function kafkaAnswers(brokers: string): Promise<void> {
  const [hostname = '', port] = brokers.split(',')[0]?.trim().split(':') ?? [];
  const answer = await ask(hostname, Number(port) || 9092, METADATA_REQUEST);
  if (answer.length < BROKER_COUNT_OFFSET + 4 || answer.readInt32BE(BROKER_COUNT_OFFSET) < 1)
    throw new Error(`no Kafka broker at ${brokers}`);
}

// of the group `ready`, after length, API key, version, correlation id, no client id: FindCoordinator v0, DescribeGroups v0
const FIND_COORDINATOR = Buffer.from('00000011000a000000000001ffff00057265616479', 'hex');
const DESCRIBE_GROUPS = Buffer.from('00000015000f000000000001ffff0000000100057265616479', 'hex');
// after length and correlation id; in the list of groups after its length
const COORDINATOR_ERROR_OFFSET = 8;
const GROUP_ERROR_OFFSET = 12;

/** Asks for the coordinator of a group, which makes a new broker load its groups, and then whether it has loaded them. */
export async function kafkaGroupsAnswer(brokers: string): Promise<void> {
  const [hostname = '', port] = brokers.split(':');
  const errorOf = async (question: Buffer, offset: number) =>
    (await ask(hostname, Number(port), question)).readInt16BE(offset);
  const error =
    (await errorOf(FIND_COORDINATOR, COORDINATOR_ERROR_OFFSET)) || (await errorOf(DESCRIBE_GROUPS, GROUP_ERROR_OFFSET));
  if (error) throw new Error(`Kafka at ${brokers} has no group coordinator yet: error ${error}`);
}

/** Resolves if something listens on that port. */
export async function portAnswers(host: string, port: number): Promise<void> {
  await ask(host, port);
}

/** Connects, sends the question if there is one, and resolves to the first bytes of the answer. */
function ask(host: string, port: number, question?: Buffer, tls = false): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = tls ? connectTls({ host, port, servername: host }) : connect({ host, port });
    const fail = (why: string) => socket.destroy(new Error(`${host}:${port} ${why}`));
    socket.setTimeout(2_000, () => fail('does not answer'));
    socket.once(tls ? 'secureConnect' : 'connect', () =>
      question ? socket.write(question) : resolve(Buffer.alloc(0)),
    );
    socket
      .once('data', resolve)
      .once('end', () => fail('closed the connection'))
      .once('error', reject);
    socket.once('close', () => reject(new Error(`${host}:${port} closed the connection`)));
    socket.once(question ? 'data' : 'connect', () => socket.destroy());
  });
}
