import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { supervise, lastLine, runToEnd, type SupervisedProcess } from '../processes/supervised-process.ts';
import { freePorts } from '../machine/free-ports.ts';
import type { PortUse } from '../machine/needed-ports.ts';
import { StartError } from '../start.error.ts';
import { HOST, type Servers } from '../system.ts';
import { portAnswers, rabbitmqAnswers, untilAnswers } from '../servers/answers.ts';
import { findProgram } from '../machine/programs.ts';
import type { ProviderContext, Provider } from './provider.ts';

const NODE = 'fourfold@localhost';

/** A private instance of the installed RabbitMQ, with its own ports, data and epmd, apart from the machine's own instance. */
export class NativeRabbitmqProvider implements Provider {
  readonly name = 'RabbitMQ';
  readonly provides = ['rabbitmq'] as const;
  readonly ports: readonly PortUse[];
  readonly #folder: string;
  readonly #log: string;
  readonly #port: number;
  #env: Record<string, string | undefined> = {};
  #epmd: SupervisedProcess | undefined;
  #server: SupervisedProcess | undefined;

  constructor({ folder, ports }: ProviderContext) {
    this.#folder = join(folder, 'rabbitmq');
    this.#log = join(folder, 'logs', 'rabbitmq.log');
    this.#port = ports.rabbitmq;
    this.ports = [{ port: this.#port, neededBy: this.name }];
  }

  async check(): Promise<void> {
    programs();
  }

  async start(): Promise<Servers> {
    const { server, epmd } = programs();
    const [epmdPort = 0, distributionPort = 0] = await freePorts(2);
    await this.#configure();
    const env = (this.#env = {
      ...this.#environment(),
      ERL_EPMD_PORT: `${epmdPort}`,
      RABBITMQ_DIST_PORT: `${distributionPort}`,
    });
    this.#epmd = supervise({ command: epmd, args: ['-port', `${epmdPort}`, '-address', HOST], log: this.#log });
    await this.#until(() => portAnswers(HOST, epmdPort), this.#epmd);
    this.#server = supervise({ command: server, args: [], env, log: this.#log });
    const url = `amqp://${HOST}:${this.#port}`;
    await this.#until(() => rabbitmqAnswers(url), this.#server);
    return { rabbitmq: url };
  }

  /** Runs rabbitmqctl on this instance: `set_vm_memory_high_watermark`, `0.4`. */
  async control(...args: string[]): Promise<void> {
    const command = findProgram('rabbitmqctl', ['/usr/lib/rabbitmq/bin']);
    if (!command) throw new StartError('rabbitmqctl is not installed');
    const code = await runToEnd({ command, args: ['-n', NODE, ...args], env: this.#env, log: this.#log });
    if (code) throw new StartError(`rabbitmqctl ${args.join(' ')}: ${lastLine(this.#log)}`);
  }

  get ended(): AbortSignal | undefined {
    return this.#server?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#server?.signal(signal);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    await this.#epmd?.stop();
  }

  kill(): void {
    this.#server?.kill();
    this.#epmd?.kill();
  }

  async #until(answers: () => Promise<void>, { ended }: SupervisedProcess): Promise<void> {
    await untilAnswers(answers, 60_000, ended).catch(() => {
      throw new StartError(`RabbitMQ did not start: ${lastLine(this.#log)}`);
    });
  }

  async #configure(): Promise<void> {
    await mkdir(join(this.#folder, 'home'), { recursive: true });
    const settings = [
      `listeners.tcp.default = ${HOST}:${this.#port}`,
      'disk_free_limit.absolute = 50MB',
      'vm_memory_high_watermark.absolute = 512MB',
      'log.console = false',
      'log.file.level = warning',
    ];
    await writeFile(join(this.#folder, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
    await writeFile(join(this.#folder, 'enabled_plugins'), '[].\n');
  }

  #environment(): Record<string, string | undefined> {
    return {
      HOME: join(this.#folder, 'home'), // the Erlang cookie
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      NOTIFY_SOCKET: undefined, // under systemd the script would not forward signals
      ERL_EPMD_ADDRESS: HOST,
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_NODENAME: NODE,
      RABBITMQ_NODE_IP_ADDRESS: HOST,
      RABBITMQ_NODE_PORT: `${this.#port}`,
      RABBITMQ_MNESIA_BASE: join(this.#folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(this.#folder, 'log'),
      RABBITMQ_LOGS: this.#log,
      RABBITMQ_CONFIG_FILE: join(this.#folder, 'rabbitmq'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(this.#folder, 'advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.#folder, 'enabled_plugins'),
      RABBITMQ_PID_FILE: join(this.#folder, 'rabbitmq.pid'),
      // listen on 127.0.0.1 alone, start no second epmd, do not spin while idle
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        '-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false +S 2:2 +A 16 +sbwt none +sbwtdcpu none +sbwtdio none',
    };
  }
}

/** The script that Debian's /usr/sbin/rabbitmq-server wraps: the wrapper switches to the user of the machine's own instance. */
function programs(): { server: string; epmd: string } {
  const server = findProgram('rabbitmq-server', ['/usr/lib/rabbitmq/bin']);
  const epmd = findProgram('epmd', ['/usr/lib/erlang/bin']);
  if (server && epmd) return { server, epmd };
  throw new StartError('RabbitMQ is not installed: apt-get install rabbitmq-server, or choose --brokers=docker');
}
