import type { TransportName } from '@fourfold/contracts/contract';
import { PermanentError } from '@fourfold/transport/errors';
import { TRANSPORTS } from '@fourfold/transport/transports';
import { type Environment, loadConfig, ServiceConfig } from '../config.ts';

/** In production the embedded brokers of tools/embedded-brokers are refused: what they hold is gone when they end. */
export const refuseEmbedded = async (name: TransportName, environment: Environment): Promise<void> => {
  const { NODE_ENV } = loadConfig(ServiceConfig, environment);
  const { config, isEmbedded } = TRANSPORTS[name];
  if (NODE_ENV !== 'production' || !isEmbedded) return;
  const address = loadConfig<object>(config, environment);
  if (!(await isEmbedded(address))) return;
  const [variable] = Object.keys(address);
  throw new PermanentError(`${variable}: an embedded broker keeps everything in memory and is refused in production`);
};
