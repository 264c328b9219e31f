import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { supervise, lastLine, runToEnd, type SupervisedProcess } from '../processes/supervised-process.ts';
import { freePorts } from '../machine/free-ports.ts';
import type { PortUse } from '../machine/needed-ports.ts';
import { StartError } from '../start.error.ts';
import { HOST, type Servers } from '../system.ts';
import { kafkaAnswers, kafkaGroupsAnswer, untilAnswers } from '../servers/answers.ts';
import { exists } from '../machine/cache.ts';
import { checkJava, kafkaClassPath } from './kafka/jars.ts';
import type { ProviderContext, Provider } from './provider.ts';

/** A private Apache Kafka of one node, on the installed Java. */
export class NativeKafkaProvider implements Provider {
  readonly name = 'Kafka';
  readonly provides = ['kafka'] as const;
  readonly ports: readonly PortUse[];
  readonly #folder: string;
  readonly #log: string;
  readonly #port: number;
  #server: SupervisedProcess | undefined;

  constructor({ folder, ports }: ProviderContext) {
    this.#folder = join(folder, 'kafka');
    this.#log = join(folder, 'logs', 'kafka.log');
    this.#port = ports.kafka;
    this.ports = [{ port: this.#port, neededBy: this.name }];
  }

  check(): Promise<void> {
    return checkJava();
  }

  async start(): Promise<Servers> {
    const classPath = await kafkaClassPath(this.#log);
    const settings = await this.#configure();
    await this.#format(classPath, settings);
    this.#server = supervise({
      command: 'java',
      args: [...JVM, '-cp', classPath, 'kafka.Kafka', settings],
      log: this.#log,
    });
    const brokers = `${HOST}:${this.#port}`;
    const answers = () => kafkaAnswers(brokers).then(() => kafkaGroupsAnswer(brokers));
    await untilAnswers(answers, 60_000, this.#server.ended).catch(() => {
      throw new StartError(`Kafka did not start: ${lastLine(this.#log)}`);
    });
    return { kafka: brokers };
  }

  get ended(): AbortSignal | undefined {
    return this.#server?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#server?.signal(signal);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  kill(): void {
    this.#server?.kill();
  }

  async #configure(): Promise<string> {
    const [controller = 0] = await freePorts(1);
    await mkdir(this.#folder, { recursive: true });
    const file = join(this.#folder, 'server.properties');
    await writeFile(file, serverProperties(this.#port, controller, join(this.#folder, 'data')));
    return file;
  }

  /** Formats the data folder the first time; a formatted one has meta.properties. */
  async #format(classPath: string, settings: string): Promise<void> {
    if (await exists(join(this.#folder, 'data', 'meta.properties'))) return;
    const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A'); // the tool would read a leading dash as an option
    const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', settings];
    const code = await runToEnd({ command: 'java', args: [...JVM, '-cp', classPath, ...format], log: this.#log });
    if (code) throw new StartError(`Kafka's data folder could not be formatted: ${lastLine(this.#log)}`);
  }
}

const JVM = [
  '-Xms128m',
  '-Xmx384m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
  '-Djava.net.preferIPv4Stack=true',
  `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'kafka', 'log4j2.properties')}`,
];

/** Broker and controller in one. The quorum is static, so that the controller's port may change from run to run. */
function serverProperties(port: number, controller: number, data: string): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${HOST}:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://${HOST}:${port},CONTROLLER://${HOST}:${controller}
advertised.listeners=PLAINTEXT://${HOST}:${port}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${data}
auto.create.topics.enable=false
num.partitions=3
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=8388608
log.segment.bytes=16777216
`;
}
