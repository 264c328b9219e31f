/** `npm start`: runs the system in this terminal until Ctrl-C. */
import { parseArgs } from 'node:util';
import { SYSTEM, toTerminal } from '../printing/output.ts';
import { onParentExit } from '../processes/on-parent-exit.ts';
import { BROKERS, DEFAULT_BROKERS, type Brokers } from '../providers/brokers.ts';
import { ROOT, System } from '../run.ts';
import { StartError } from '../start.error.ts';
import { apps } from '../system.ts';
import { NO_APPS, welcome } from '../printing/welcome.ts';

const HELP = `npm start -- [--brokers=${BROKERS.join('|')}] [--without=<app>,...]

Builds and runs the apps of tools/system/src/system.ts with what they stand on, until Ctrl-C; a second Ctrl-C kills at once.

  --brokers=native    private RabbitMQ (installed here) and Apache Kafka (needs Java 17 and, once, Maven); PostgreSQL from npm
  --brokers=docker    all three from docker/compose.yaml
  --brokers=external  all three elsewhere: RABBITMQ_URL, KAFKA_BROKERS, DATABASE_URL
  --without=<app>     leaves apps out that you run yourself: npx nx serve <app>

Without --brokers it is ${DEFAULT_BROKERS}. Data and logs lie in .system/; remove that folder to begin anew.
MESSAGING_PREFIX goes before the names of queues, topics and consumer groups.`;

try {
  await main();
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}

async function main(): Promise<void> {
  const { help, brokers, without } = argumentsOf(process.argv.slice(2));
  if (help) return console.log(HELP);
  if (!apps.length) return console.log(NO_APPS);
  const began = performance.now();
  const output = toTerminal(apps.map(({ name }) => name));
  const messagingPrefix = process.env.MESSAGING_PREFIX;
  const system = new System({ output, brokers, without, messagingPrefix });
  const interrupted = stopOnSignals(system);
  const count = apps.length - without.length;
  output(SYSTEM, `starting ${count} ${count === 1 ? 'app' : 'apps'} on ${brokers} brokers`);
  await system.start().catch((error: unknown) => {
    if (!interrupted.aborted) throw error;
  });
  if (interrupted.aborted) return; // the handler of the signal ends this process
  output(SYSTEM, `all is ready, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  console.log(await welcome(system.addresses, ROOT, messagingPrefix, without));
}

function argumentsOf(args: string[]): { help: boolean; brokers: Brokers; without: string[] } {
  const { help = false, brokers = DEFAULT_BROKERS, without = '' } = parsed(args);
  if (!isBrokers(brokers)) throw new StartError(`--brokers=${brokers} is none of ${BROKERS.join(', ')}`);
  const left = without.split(',').filter(Boolean);
  const unknown = left.find((name) => !apps.some((app) => app.name === name));
  if (unknown)
    throw new StartError(
      `--without=${unknown}: there is no such app; there are ${apps.map((app) => app.name).join(', ')}`,
    );
  return { help, brokers, without: left };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: { help: { type: 'boolean' }, brokers: { type: 'string' }, without: { type: 'string' } },
    }).values;
  } catch (error) {
    const [what] = (error as Error).message.split('. ');
    throw new StartError(`${what}: see npm start -- --help`);
  }
}

function isBrokers(name: string): name is Brokers {
  return (BROKERS as string[]).includes(name);
}

/** The signal is aborted as soon as somebody wants it all to stop. */
function stopOnSignals(system: System): AbortSignal {
  const DUPLICATE_WITHIN = 500; // npm passes on the Ctrl-C that the terminal has already sent to us
  const interrupted = new AbortController();
  let stoppedAt: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (stoppedAt === undefined) {
      stoppedAt = now;
      interrupted.abort();
      console.log('\nstopping; Ctrl-C again kills at once');
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
