import type { TransportName } from '@fourfold/contracts/contract';
import type { Server, ServiceSettings } from '@fourfold/transport/transport';
import { TRANSPORTS } from '@fourfold/transport/transports';
import { type Environment, loadConfig } from '../config.ts';

/** The servers of the transports that a service has, each configured by its own variables. */
export const createServers = (
  transports: TransportName[],
  environment: Environment,
  settings: ServiceSettings,
): Promise<Server[]> =>
  Promise.all(
    transports.map((name) => {
      const { config, createServer } = TRANSPORTS[name];
      return createServer(loadConfig(config, environment, `${settings.name} is reached over ${name}`), settings);
    }),
  );
