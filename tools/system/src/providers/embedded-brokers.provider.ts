import { join } from 'node:path';
import { supervise, lastLine, type SupervisedProcess } from '../processes/supervised-process.ts';
import type { PortUse } from '../machine/needed-ports.ts';
import { StartError } from '../start.error.ts';
import { HOST, type Servers } from '../system.ts';
import { followLines } from '../processes/follow-lines.ts';
import { kafkaAnswers, rabbitmqAnswers, untilAnswers } from '../servers/answers.ts';
import type { ProviderContext, Provider } from './provider.ts';

const MAIN = join(import.meta.dirname, '../../../embedded-brokers/src/main.ts');

/** Both brokers in one small Node process of tools/embedded-brokers, in memory: nothing to install, nothing is kept. */
export class EmbeddedBrokersProvider implements Provider {
  readonly name = 'embedded RabbitMQ and Kafka (in memory, for development)';
  readonly provides = ['rabbitmq', 'kafka'] as const;
  readonly ports: readonly PortUse[];
  readonly #context: ProviderContext;
  readonly #log: string;
  #server: SupervisedProcess | undefined;
  #stopFollowing = () => {};

  constructor(context: ProviderContext) {
    this.#context = context;
    this.#log = join(context.folder, 'logs', 'embedded-brokers.log');
    this.ports = this.provides.map((need) => ({ port: context.ports[need], neededBy: `embedded ${need}` }));
  }

  async check(): Promise<void> {}

  async start(): Promise<Servers> {
    const { rabbitmq, kafka } = this.#context.ports;
    const { faults } = this.#context;
    const args = [MAIN, `--amqp=${rabbitmq}`, `--kafka=${kafka}`, ...(faults ? [`--faults=${faults.seed}`] : [])];
    this.#server = supervise({ command: process.execPath, args, log: this.#log });
    if (faults) this.#stopFollowing = followLines(this.#log, (line) => isFault(line) && faults.tell(textOf(line)));
    const servers = { rabbitmq: `amqp://${HOST}:${rabbitmq}`, kafka: `${HOST}:${kafka}` };
    const answers = () => Promise.all([rabbitmqAnswers(servers.rabbitmq), kafkaAnswers(servers.kafka)]);
    await untilAnswers(async () => void (await answers()), 15_000, this.#server.ended).catch(() => {
      throw new StartError(`The embedded brokers did not start: ${lastLine(this.#log)}`);
    });
    return servers;
  }

  get ended(): AbortSignal | undefined {
    return this.#server?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#server?.signal(signal);
  }

  async stop(): Promise<void> {
    this.#stopFollowing();
    await this.#server?.stop();
  }

  kill(): void {
    this.#server?.kill();
  }
}

/** Lines of the log: `2026-11-26T23:00:00.000Z fault: …`. */
const isFault = (line: string): boolean => / fault: /.test(line);
const textOf = (line: string): string => line.slice(line.indexOf(' ') + 1);
