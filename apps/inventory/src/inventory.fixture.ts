import { InventoryContract } from '@fourfold/contracts/inventory';
import { createService, type RunningService } from '@fourfold/service/start';
import { clientOf, connect } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { InventoryModule } from './inventory.module.ts';

abstract class InventoryClient extends clientOf(InventoryContract) {}

/** The service as tests start it: on this database, without brokers, on free ports, with a client that speaks gRPC to it. */
export const startInventory = async (
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<RunningService & { client: InventoryClient }> => {
  const service = await createService({
    name: 'inventory',
    module: async () => InventoryModule,
    transports: ['grpc'],
    environment: {
      HTTP_PORT: '0',
      GRPC_PORT: '0',
      DATABASE_URL: databaseUrl,
      MIGRATE_AT_START: 'true',
      LOG_LEVEL: 'error',
      ...environment,
    },
  });
  await service.ready;
  const transport = await grpcClient(service.grpcUrl!);
  return {
    ...service,
    client: connect(InventoryClient, transport),
    stop: () => transport.close().then(() => service.stop()),
  };
};
