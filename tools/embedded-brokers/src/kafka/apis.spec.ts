import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProtocolClient } from '../../testing/kafka/protocol-client.ts';
import { useBroker } from '../../testing/kafka/use-broker.ts';
import { APIS } from './apis.ts';

const running = useBroker();
let client: ProtocolClient;
beforeEach(async () => (client = await ProtocolClient.open(running.broker.brokers)));
afterEach(() => client.close());

describe('each API', () => {
  it('answers in each of its versions', async () => {
    for (const { name, versions } of APIS.values())
      for (let version = versions[0]; version <= versions[1]; version++) {
        const answer = await client.ask(name, version, name === 'Produce' ? { acks: -1 } : {});
        expect(answer, `${name} ${version}`).toBeTypeOf('object');
      }
    expect(running.log.filter((line) => line.includes('connection closed'))).toEqual([]);
  });

  it('shows its versions; in one that is unknown, ApiVersions answers in version 0', async () => {
    const { apiKeys } = await client.ask('ApiVersions', 4, { clientSoftwareName: 'spec', clientSoftwareVersion: '1' });
    expect(apiKeys).toHaveLength(APIS.size);
    expect(apiKeys).toContainEqual({ apiKey: 1, minVersion: 4, maxVersion: 18 });
    const old = await client.ask('ApiVersions', 99, {}, 0);
    expect(old).toMatchObject({ errorCode: 35, throttleTimeMs: 0 });
    expect(old.apiKeys).toEqual(apiKeys);
  });
});
