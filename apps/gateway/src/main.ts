import { startService } from '@fourfold/service/start';

await startService({
  name: 'gateway',
  module: async () => (await import('./gateway.module.ts')).GatewayModule,
});
