/** What happens to the processes and databases of a history, by its seed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '@fourfold/embedded-brokers/random';
import type { UnluckySystem } from './unlucky-system.ts';

/** How many of a hundred histories have each. */
const OF_100 = { crash: 6, restart: 4, freeze: 6, longFreeze: 1, lostConnections: 30 };
/** Milliseconds: shorter than any time-out, and longer than an outbox's lease and a session of a Kafka group. */
const FREEZE = 500;
const LONG_FREEZE = 7000;
/** Milliseconds after the begin of a history. */
const WITHIN = 150;

/** Resolves when all is over: what was frozen goes on, and what was ended runs again. */
export const disturb = async (system: UnluckySystem, random: Random): Promise<void> => {
  const { replicas, services } = system;
  const some = () => random.of(replicas);
  const freeze = async (replica: string, milliseconds: number) => {
    system.freeze(replica);
    await sleep(milliseconds);
    system.thaw(replica);
  };
  const planned = [
    { of100: OF_100.crash, run: (replica: string) => system.crash(replica) },
    { of100: OF_100.restart, run: (replica: string) => system.restart(replica) },
    { of100: OF_100.freeze, run: (replica: string) => freeze(replica, FREEZE) },
    { of100: OF_100.longFreeze, run: (replica: string) => freeze(replica, LONG_FREEZE) },
  ].flatMap(({ of100, run }) => {
    const [happens, replica, at] = [random.chance(of100), some(), random.below(WITHIN)];
    return happens ? [sleep(at).then(() => run(replica))] : [];
  });
  if (services.length > 0 && random.chance(OF_100.lostConnections)) {
    const service = random.of(services);
    planned.push(
      loseConnections(
        system,
        service,
        random.list(12, () => random.below(25)),
      ),
    );
  }
  await Promise.all(planned);
};

const loseConnections = async (system: UnluckySystem, service: string, pauses: number[]): Promise<void> => {
  for (const pause of pauses) {
    await sleep(pause);
    await system.endConnections(service);
  }
};
