/** `npm run dead-letters -- list|show|redrive|discard`: over RABBITMQ_URL and KAFKA_BROKERS, or the brokers of `npm start`. */
import { createInterface } from 'node:readline/promises';
import { parseCommand, runCommand } from '../dead-letters/command.ts';
import { KafkaStore } from '../dead-letters/kafka.store.ts';
import { queuesOf } from '../dead-letters/queues.ts';
import { RabbitMqStore } from '../dead-letters/rabbitmq.store.ts';
import type { DeadLetterStore } from '../dead-letters/store.ts';
import { ROOT } from '../run.ts';
import { addresses } from '../system.ts';

const {
  RABBITMQ_URL: url = addresses.rabbitmq!,
  KAFKA_BROKERS: brokers = addresses.kafka!,
  MESSAGING_PREFIX: prefix = '',
} = process.env;

const confirm = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new TypeError('discard asks first: add --yes where nobody can answer');
  const terminal = createInterface(process.stdin, process.stdout);
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer);
};

const opened = async (what: string, open: Promise<DeadLetterStore>): Promise<DeadLetterStore> => {
  try {
    return await open;
  } catch (thrown) {
    throw new TypeError(`cannot connect to ${what}: ${(thrown as Error).message}`, { cause: thrown });
  }
};

const stores: DeadLetterStore[] = [];
try {
  const command = parseCommand(process.argv.slice(2));
  const queues = [...queuesOf(ROOT), ...command.queues];
  stores.push(await opened(`RabbitMQ at ${new URL(url).host}`, RabbitMqStore.open({ url, prefix, queues })));
  stores.push(await opened(`Kafka at ${brokers}`, KafkaStore.open({ brokers, prefix })));
  await runCommand(command, stores, { print: console.log, confirm });
} catch (thrown) {
  console.error((thrown as Error).message);
  process.exitCode = 1;
} finally {
  await Promise.all(stores.map((store) => store.close()));
}
