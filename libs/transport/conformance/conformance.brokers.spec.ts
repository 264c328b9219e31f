/** Over the brokers that RABBITMQ_URL and KAFKA_BROKERS name; BROKERS says what runs them. */
import { rm } from 'node:fs/promises';
import type { TransportName } from '@fourfold/contracts/contract';
import { freshAllocation } from '@fourfold/system/allocation';
import { type Brokers, DEFAULT_BROKERS, providersOf } from '@fourfold/system/providers/brokers';
import type { Need } from '@fourfold/system/system';
import { conformanceSuite } from './conformance.suite.ts';
import type { RestartableBroker } from './drivers/driver.ts';
import { TRANSPORTS_UNDER_TEST } from './transports.ts';

const provider = (process.env['BROKERS'] || DEFAULT_BROKERS) as Brokers;

/** A broker of the same kind, for one test: restarting that of the run would disturb all others. */
const restartable = (need: Exclude<Need, 'database'>) => async (): Promise<RestartableBroker> => {
  const { context } = await freshAllocation([]);
  const own = providersOf(provider, context).find(({ provides }) => provides.includes(need))!;
  const start = async () => (await own.start())[need]!;
  return {
    address: await start(),
    async restart() {
      await own.stop();
      await start();
    },
    async stop() {
      await own.stop();
      await rm(context.folder, { recursive: true, force: true });
    },
  };
};

const startBroker = (need: Exclude<Need, 'database'>) => (provider === 'external' ? undefined : restartable(need));

for (const [transport, { broker }] of Object.entries(TRANSPORTS_UNDER_TEST))
  if (broker) conformanceSuite(transport as TransportName, { provider, startBroker: startBroker(broker) });
