/**
 * `main.ts --amqp=5672 --kafka=9092`: runs both brokers in this process, in memory and on loopback, for development and tests.
 * With `--faults=<seed>` they misbehave.
 */
import { parseArgs } from 'node:util';
import { startAmqp } from './amqp/broker.ts';
import { type Fault, Faults } from './faults/faults.ts';
import { startKafka } from './kafka/broker.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { amqp: text, kafka: text, faults: text } });
const log = (line: string) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

const onFault = ({ kind, place }: Fault) => log(`fault: ${kind}: ${place}`);
const faults = values.faults ? new Faults({ seed: Number(values.faults), onFault }) : undefined;
const brokers = await Promise.all([
  ...(values.amqp ? [startAmqp({ port: Number(values.amqp), log, faults })] : []),
  ...(values.kafka ? [startKafka({ port: Number(values.kafka), log, faults })] : []),
]);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.once(signal, () => void Promise.all(brokers.map((broker) => broker.close())).finally(() => process.exit(0)));
