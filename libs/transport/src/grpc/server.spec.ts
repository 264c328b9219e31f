import { Controller, Module, SetMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { expect, it } from 'vitest';
import { clientOf, connect } from '../client.ts';
import { type GetParcelDto, ParcelsContract } from '../conformance/parcels.ts';
import { contractsOf } from '../mounts.ts';
import { initTransports, listen, mountTransports } from '../transports.ts';
import { GrpcClient } from './client.ts';
import { GrpcServer } from './server.ts';

abstract class ParcelsClient extends clientOf(ParcelsContract) {}

@Controller()
class WithoutContract {
  @GrpcMethod('parcels.v1.ParcelsService', 'GetParcel')
  getParcel(@Payload() { parcelId }: GetParcelDto) {
    return { parcelId, senderId: '', status: 'SENT', items: [] };
  }
}
@Controller()
@SetMetadata('contract', ParcelsContract)
class ParcelsController extends WithoutContract {}

const appOf = async (controller: new () => object) => {
  @Module({ controllers: [controller] })
  class AppModule {}
  return NestFactory.create(AppModule, { logger: false });
};

it("serves a controller that has Nest's decorators alone, and says its contract as metadata", async () => {
  const app = await appOf(ParcelsController);
  const server = new GrpcServer({ url: '127.0.0.1:0', contracts: contractsOf(app) });
  mountTransports(app, [server]);
  await app.init();
  await initTransports(app);
  await listen(server);
  const transport = new GrpcClient(`127.0.0.1:${server.port}`);
  expect(await connect(ParcelsClient, transport).getParcel({ parcelId: 'p-1' })).toMatchObject({ parcelId: 'p-1' });
  await transport.close();
  await app.close();
});

it('refuses a handler whose service no controller states', async () => {
  const app = await appOf(WithoutContract);
  mountTransports(app, [new GrpcServer({ url: '127.0.0.1:0', contracts: contractsOf(app) })]);
  await app.init();
  await expect(initTransports(app)).rejects.toThrow('no controller states the contract of parcels.v1.ParcelsService');
  await app.close();
});
