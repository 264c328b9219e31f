import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, ServiceConfig } from './config.ts';
import { refuseEmbedded } from './embedded.ts';

let addresses: Record<string, string | undefined>;
beforeAll(() => {
  const { RABBITMQ_URL, KAFKA_BROKERS } = process.env;
  addresses = { RABBITMQ_URL, KAFKA_BROKERS };
});

describe('embedded brokers', () => {
  it.each([
    ['rabbitmq', 'RABBITMQ_URL'],
    ['kafka', 'KAFKA_BROKERS'],
  ] as const)('are refused in production, by their variable: %s', async (broker, variable) => {
    const config = loadConfig(ServiceConfig, { ...addresses, NODE_ENV: 'production' });
    await expect(refuseEmbedded(broker, config)).rejects.toThrow(
      `${variable}: an embedded broker keeps everything in memory`,
    );
  });
  it('are welcome elsewhere', async () => {
    const config = loadConfig(ServiceConfig, addresses);
    await expect(refuseEmbedded('rabbitmq', config)).resolves.toBeUndefined();
    await expect(refuseEmbedded('kafka', config)).resolves.toBeUndefined();
  });
});
