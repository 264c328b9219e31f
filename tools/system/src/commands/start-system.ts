/** `npm start`: runs the system in this terminal until Ctrl-C. */
import { parseArgs } from 'node:util';
import { SYSTEM, toTerminal } from '../printing/output.ts';
import { onParentExit } from '../processes/on-parent-exit.ts';
import { BROKERS, DEFAULT_BROKERS, type Brokers } from '../providers/brokers.ts';
import { ROOT, System } from '../run.ts';
import { StartError } from '../start.error.ts';
import { type Addresses, apps } from '../system.ts';
import { NO_APPS, welcome } from '../printing/welcome.ts';

const HELP = `npm start -- [--brokers=${BROKERS.join('|')}] [--fresh] [--without=<app>,...] [--faults=<seed>]

Builds the apps of tools/system/src/system.ts and runs them with their brokers and databases, until Ctrl-C.
A second Ctrl-C kills everything at once.

  --brokers=embedded  RabbitMQ and Kafka in memory, for development; PostgreSQL from npm
  --brokers=native    the RabbitMQ that is installed here; Apache Kafka (needs Java 17 and, the first time, Maven); PostgreSQL from npm
  --brokers=docker    all three from docker/compose.yaml
  --brokers=external  all three run elsewhere, at RABBITMQ_URL, KAFKA_BROKERS and DATABASE_URL
  --faults=<seed>     lets the embedded brokers misbehave, the same way for the same whole number: see docs/brokers.md
  --fresh             runs beside another start in this clone: on free ports and with empty databases, which are removed at the end
  --without=<app>     does not start these apps; run them yourself: npx nx serve <app>

The default is --brokers=${DEFAULT_BROKERS}. Data and logs are kept in .system/; delete that folder to start with empty databases.
MESSAGING_PREFIX is put before the names of queues, topics and consumer groups.`;

try {
  await main();
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}

async function main(): Promise<void> {
  const { help, brokers, fresh, without, faults } = argumentsOf(process.argv.slice(2));
  if (help) return console.log(HELP);
  if (!apps.length) return console.log(NO_APPS);
  const began = performance.now();
  const output = toTerminal(apps.map(({ name }) => name));
  const messagingPrefix = process.env.MESSAGING_PREFIX;
  const system = new System({ output, brokers, fresh, without, faults, messagingPrefix });
  const interrupted = stopOnSignals(system);
  const count = apps.length - without.length;
  output(SYSTEM, `starting ${count} ${count === 1 ? 'app' : 'apps'} with ${brokers} brokers`);
  await system.start().catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
  });
  if (interrupted.aborted) return; // the signal's handler ends this process
  output(SYSTEM, `the system is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (fresh) output(SYSTEM, `its servers: ${variablesOf(system.addresses)}`);
  console.log(await welcome(system.addresses, ROOT, messagingPrefix, without));
}

/** What `npm run dead-letters` and other programs need to find the servers, which are not at their usual ports. */
function variablesOf({ database, rabbitmq, kafka }: Addresses): string {
  const variables = { DATABASE_URL: database, RABBITMQ_URL: rabbitmq, KAFKA_BROKERS: kafka };
  const known = Object.entries(variables).filter(([, value]) => value);
  return known.map(([name, value]) => `${name}=${value}`).join(' ');
}

interface Arguments {
  help: boolean;
  brokers: Brokers;
  fresh: boolean;
  without: string[];
  faults?: number;
}

function argumentsOf(args: string[]): Arguments {
  const { help = false, brokers = DEFAULT_BROKERS, fresh = false, without = '', faults } = parsed(args);
  if (!isBrokers(brokers)) throw new StartError(`--brokers=${brokers} is unknown; choose one of ${BROKERS.join(', ')}`);
  const left = without.split(',').filter(Boolean);
  const unknown = left.find((name) => !apps.some((app) => app.name === name));
  if (unknown)
    throw new StartError(`--without=${unknown} is not an app; the apps are ${apps.map((app) => app.name).join(', ')}`);
  if (fresh && (brokers === 'docker' || brokers === 'external'))
    throw new StartError(`--fresh needs --brokers=embedded or native: ${brokers} servers are the same for each start`);
  if (fresh && left.length)
    throw new StartError('--fresh runs every app: one that is run elsewhere would not find it at the usual ports');
  if (faults !== undefined && !/^\d{1,15}$/.test(faults))
    throw new StartError(`--faults=${faults} is not a seed; it must be a whole number, such as --faults=1`);
  return { help, brokers, fresh, without: left, ...(faults !== undefined && { faults: Number(faults) }) };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean' },
        brokers: { type: 'string' },
        fresh: { type: 'boolean' },
        without: { type: 'string' },
        faults: { type: 'string' },
      },
    }).values;
  } catch (error) {
    const [what] = (error as Error).message.split('. ');
    throw new StartError(`${what}: see npm start -- --help`);
  }
}

function isBrokers(name: string): name is Brokers {
  return (BROKERS as string[]).includes(name);
}

/** Stops the system on a signal, and when the parent process exits. The result is aborted as soon as that begins. */
function stopOnSignals(system: System): AbortSignal {
  const DUPLICATE_WITHIN = 500; // ms; npm forwards the Ctrl-C that the terminal has sent to this process already
  const interrupted = new AbortController();
  let stoppedAt: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (stoppedAt === undefined) {
      stoppedAt = now;
      interrupted.abort();
      console.log('\nstopping; press Ctrl-C again to kill everything at once');
      void system.stop().finally(() => process.exit(0));
    } else if (now - stoppedAt > DUPLICATE_WITHIN) {
      system.kill();
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // the terminal may be closed
  onParentExit(() => interrupted.signal.aborted || stop());
  return interrupted.signal;
}
