import { Module } from '@nestjs/common';
import type { Contract } from '@fourfold/contracts/contract';
import { freePorts } from '@fourfold/testing/free-ports';
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract } from '@fourfold/testing/parcels';
import { clientOf, createClient } from '@fourfold/transport/client';
import { Implements } from '@fourfold/transport/implements';
import { Input } from '@fourfold/transport/input';
import { tcpClient } from '@fourfold/transport/tcp';
import { afterEach, describe, expect, it } from 'vitest';
import { createService, type RunningService } from './start.ts';

const { getParcel } = ParcelsContract;
const ReachedOverTcp = {
  getParcel: { ...getParcel, bindings: { input: GetParcelDto, grpc: false, tcp: true } },
} as const satisfies Contract;
abstract class ParcelsClient extends clientOf(ReachedOverTcp) {}

@Implements(ReachedOverTcp)
class ParcelsController {
  getParcel(@Input() { parcelId }: GetParcelDto): Parcel {
    return { parcelId, senderId: 's-1', status: 'SENT', items: [] };
  }
}
@Module({ controllers: [ParcelsController] })
class ParcelsModule {}

let service: RunningService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
const start = async (variables: Record<string, string>) => {
  const environment = { HTTP_PORT: '0', LOG_LEVEL: 'error', ...variables };
  service = await createService({
    name: 'parcels',
    module: async () => ParcelsModule,
    transports: ['tcp'],
    environment,
  });
  await service.ready;
};

describe('a service with a transport beside HTTP', () => {
  it('is reached over it, where its own variable says', async () => {
    const [port] = await freePorts(1);
    await start({ TCP_PORT: String(port) });
    expect(service!.addressOf('tcp')).toBe(`127.0.0.1:${port}`);
    const transport = await tcpClient(`127.0.0.1:${port}`);
    const client = createClient(ParcelsClient, transport, { timeout: 5000 });
    expect(await client.getParcel({ parcelId: 'p-1' })).toMatchObject({ parcelId: 'p-1', senderId: 's-1' });
    await transport.close();
    const report = await (await fetch(`${service!.url}/readyz`)).json();
    expect(report).toMatchObject({ ready: true, checks: { tcp: true } });
  });
  it('does not start without the variable, and says what it is for', async () => {
    await expect(start({})).rejects.toThrow('TCP_PORT is not set: parcels is reached over tcp');
  });
});
