/** `main.ts --amqp=5672 --kafka=9092`: runs both brokers in this process, in memory and on loopback, for development and tests. */
import { parseArgs } from 'node:util';
import { startAmqp } from './amqp/broker.ts';
import { startKafka } from './kafka/broker.ts';

const { values } = parseArgs({ options: { amqp: { type: 'string' }, kafka: { type: 'string' } } });
const log = (line: string) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

const brokers = await Promise.all([
  ...(values.amqp ? [startAmqp({ port: Number(values.amqp), log })] : []),
  ...(values.kafka ? [startKafka({ port: Number(values.kafka), log })] : []),
]);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.once(signal, () => void Promise.all(brokers.map((broker) => broker.close())).finally(() => process.exit(0)));
