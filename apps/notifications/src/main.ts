import { startService } from '@fourfold/service/start';

await startService({
  name: 'notifications',
  module: async () => (await import('./notifications.module.ts')).NotificationsModule,
  transports: ['grpc', 'kafka'],
});
