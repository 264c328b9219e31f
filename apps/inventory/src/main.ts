import { startService } from '@fourfold/service/start';

await startService({
  name: 'inventory',
  module: async () => (await import('./inventory.module.ts')).InventoryModule,
  transports: ['grpc', 'kafka'],
});
