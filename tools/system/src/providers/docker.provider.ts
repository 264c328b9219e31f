import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { supervise, lastLine, type SupervisedProcess } from '../processes/supervised-process.ts';
import type { PortUse } from '../machine/needed-ports.ts';
import { StartError } from '../start.error.ts';
import { HOST, type Need, type Servers } from '../system.ts';
import { kafkaAnswers, rabbitmqAnswers, untilAnswers } from '../servers/answers.ts';
import { createDatabases, postgresAnswers } from '../servers/databases.ts';
import type { ProviderContext, Provider } from './provider.ts';

const COMPOSE_FILE = join(import.meta.dirname, '../../../../docker/compose.yaml');
const PULL_LIMIT = 15 * 60_000; // the first time, Docker pulls the images

/** RabbitMQ, Kafka and PostgreSQL of docker/compose.yaml; its volumes keep their data. */
export class DockerProvider implements Provider {
  readonly name = 'Docker Compose';
  readonly provides = ['database', 'rabbitmq', 'kafka'] as const;
  readonly ports: readonly PortUse[];
  readonly #context: ProviderContext;
  readonly #log: string;
  #compose: SupervisedProcess | undefined;

  constructor(context: ProviderContext) {
    this.#context = context;
    this.#log = join(context.folder, 'logs', 'docker.log');
    this.ports = this.provides.map((need) => ({ port: context.ports[need], neededBy: `${SERVICES[need]} (Docker)` }));
  }

  async check(): Promise<void> {
    if (!succeeds('docker', 'compose', 'version')) {
      throw new StartError(
        'Docker with its Compose plugin is not installed: see https://docs.docker.com/get-docker, or choose --brokers=native',
      );
    }
    if (!succeeds('docker', 'info'))
      throw new StartError('Docker does not answer: start the Docker engine, or choose --brokers=native');
  }

  async start(): Promise<Servers> {
    const { ports, databases } = this.#context;
    // in the foreground, so that the supervisor stops the containers when this process ends
    this.#compose = supervise({
      command: 'docker',
      args: ['compose', '--file', COMPOSE_FILE, '--project-name', 'fourfold', 'up', ...Object.values(SERVICES)],
      env: {
        POSTGRES_PORT: String(ports.database),
        RABBITMQ_PORT: String(ports.rabbitmq),
        KAFKA_PORT: String(ports.kafka),
      },
      stopLimit: 60_000,
      log: this.#log,
    });
    const database = `postgres://postgres@${HOST}:${ports.database}`;
    const rabbitmq = `amqp://${HOST}:${ports.rabbitmq}`;
    const kafka = `${HOST}:${ports.kafka}`;
    await Promise.all([
      this.#until(() => postgresAnswers(database)),
      this.#until(() => rabbitmqAnswers(rabbitmq)),
      this.#until(() => kafkaAnswers(kafka)),
    ]);
    await createDatabases(database, databases);
    return { database, rabbitmq, kafka };
  }

  async stop(): Promise<void> {
    await this.#compose?.stop();
  }

  /** Only Compose can stop the containers: the supervisor waits for it after this process has ended. */
  kill(): void {
    void this.#compose?.stop();
  }

  async #until(answers: () => Promise<void>): Promise<void> {
    await untilAnswers(answers, PULL_LIMIT, this.#compose?.ended).catch((error: Error) => {
      throw new StartError(`Docker Compose did not start: ${error.message}; ${lastLine(this.#log)}`);
    });
  }
}

/** The services of docker/compose.yaml. */
const SERVICES: Readonly<Record<Need, string>> = { database: 'postgres', rabbitmq: 'rabbitmq', kafka: 'kafka' };

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
