import { StartError } from '../start.error.ts';
import type { Servers } from '../system.ts';
import { kafkaAnswers, rabbitmqAnswers } from '../servers/answers.ts';
import { createDatabases } from '../servers/databases.ts';
import type { ProviderContext, Provider } from './provider.ts';

const EXAMPLES = {
  DATABASE_URL: 'postgres://user:password@db.example.com:5432',
  RABBITMQ_URL: 'amqp://user:password@mq.example.com:5672',
  KAFKA_BROKERS: 'kafka.example.com:9092',
};
type Variables = Record<keyof typeof EXAMPLES, string>;

/** Servers that run elsewhere, at DATABASE_URL, RABBITMQ_URL and KAFKA_BROKERS; starts and stops nothing. */
export class ExternalProvider implements Provider {
  readonly name = 'external servers';
  readonly provides = ['database', 'rabbitmq', 'kafka'] as const;
  readonly ports = [];
  readonly #databases: readonly string[];
  readonly #variables: Partial<Variables>;

  constructor({ databases }: ProviderContext, variables: Partial<Variables> = process.env) {
    this.#databases = databases;
    this.#variables = variables;
  }

  async check(): Promise<void> {
    this.#given();
  }

  async start(): Promise<Servers> {
    const { DATABASE_URL: database, RABBITMQ_URL: rabbitmq, KAFKA_BROKERS: kafka } = this.#given();
    const faults = await Promise.all([
      faultOf('PostgreSQL', 'DATABASE_URL', createDatabases(database, this.#databases)),
      faultOf('RabbitMQ', 'RABBITMQ_URL', rabbitmqAnswers(rabbitmq)),
      faultOf('Kafka', 'KAFKA_BROKERS', kafkaAnswers(kafka)),
    ]);
    const lines = faults.flat();
    if (lines.length) throw new StartError(lines.join('\n'));
    return { database, rabbitmq, kafka };
  }

  async stop(): Promise<void> {}

  kill(): void {}

  #given(): Variables {
    const missing = Object.entries(EXAMPLES).filter(([name]) => !this.#variables[name as keyof Variables]);
    const lines = missing.map(
      ([name, example]) => `${name} is not set, but --brokers=external needs it, for example ${name}=${example}`,
    );
    if (lines.length) throw new StartError(lines.join('\n'));
    return this.#variables as Variables;
  }
}

/** The line to show if the attempt failed. It does not contain the URL, which may hold a password. */
async function faultOf(server: string, variable: string, attempt: Promise<void>): Promise<string[]> {
  try {
    await attempt;
    return [];
  } catch (error) {
    return [
      `${server} at ${variable} cannot be used: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`,
    ];
  }
}
