import { Controller, Module, SetMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { expect, it } from 'vitest';
import { clientOf, createClient } from '../../src/client.ts';
import { type GetParcelDto, ParcelsContract } from '@fourfold/testing/parcels';
import { contractsOf } from '../../src/handlers/describe.ts';
import { mountServers, registerHandlers } from '../../src/pipeline/application.ts';
import { GrpcClient } from '../../src/grpc/client.ts';
import { GrpcServer } from '../../src/grpc/server.ts';

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
  const server = new GrpcServer({ host: '127.0.0.1', port: 0, contracts: contractsOf(app) });
  mountServers(app, [server]);
  await app.init();
  await registerHandlers(app);
  await server.listen();
  const transport = new GrpcClient(server.address!);
  expect(await createClient(ParcelsClient, transport).getParcel({ parcelId: 'p-1' })).toMatchObject({
    parcelId: 'p-1',
  });
  await transport.close();
  await app.close();
});

it('refuses a handler whose service no controller states', async () => {
  const app = await appOf(WithoutContract);
  mountServers(app, [new GrpcServer({ host: '127.0.0.1', port: 0, contracts: contractsOf(app) })]);
  await app.init();
  await expect(registerHandlers(app)).rejects.toThrow('no controller states the contract of parcels.v1.ParcelsService');
  await app.close();
});
