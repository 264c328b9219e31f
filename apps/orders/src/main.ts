import { startService } from '@fourfold/service/start';

await startService({
  name: 'orders',
  module: async () => (await import('./orders.module.ts')).OrdersModule,
  transports: ['grpc', 'rabbitmq', 'kafka'],
});
