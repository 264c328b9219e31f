import { InventoryContract } from '@fourfold/contracts/inventory';
import { createService, type RunningService } from '@fourfold/service/start';
import { startApp } from '@fourfold/testing/service-for-tests';
import { clientOf, createClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { InventoryModule } from './inventory.module.ts';

abstract class InventoryClient extends clientOf(InventoryContract) {}

/** The service as tests start it: without brokers, on free ports, with a client that speaks gRPC to it. */
export const startInventory = async (
  environment: Record<string, string> = {},
): Promise<RunningService & { client: InventoryClient }> => {
  const options = { name: 'inventory', module: InventoryModule, environment };
  const service = await startApp(createService, { ...options, transports: ['grpc'] });
  const transport = await grpcClient(service.addressOf('grpc')!);
  return {
    ...service,
    client: createClient(InventoryClient, transport),
    stop: () => transport.close().then(() => service.stop()),
  };
};
