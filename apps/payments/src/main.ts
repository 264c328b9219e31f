import { startService } from '@fourfold/service/start';

await startService({
  name: 'payments',
  module: async () => (await import('./payments.module.ts')).PaymentsModule,
  transports: ['grpc', 'rabbitmq'],
});
