import { beforeAll, describe, expect, it } from 'vitest';
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
    await expect(refuseEmbedded(broker, { ...addresses, NODE_ENV: 'production' })).rejects.toThrow(
      `${variable}: an embedded broker keeps everything in memory`,
    );
  });
  it('are welcome elsewhere', async () => {
    await expect(refuseEmbedded('rabbitmq', addresses)).resolves.toBeUndefined();
    await expect(refuseEmbedded('kafka', addresses)).resolves.toBeUndefined();
  });
});
