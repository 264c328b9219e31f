import { Module } from '@nestjs/common';
import { provideConfig } from '@fourfold/service/config';
import { DatabaseModule } from '@fourfold/service/database';
import { MessagingModule } from '@fourfold/service/messaging.module';
import { provideClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { InventoryClient } from './inventory.client.ts';
import { OrderChanges } from './order-changes.ts';
import { OrdersConfig } from './orders.config.ts';
import { OrdersController } from './orders.controller.ts';
import { OrdersRepository } from './orders.repository.ts';
import { OrdersService } from './orders.service.ts';
import { OrdersSubscriber } from './orders.subscriber.ts';

@Module({
  imports: [
    DatabaseModule.forRoot({ beside: import.meta.url }),
    MessagingModule.forRoot({ publishes: ['command', 'event'] }),
  ],
  controllers: [OrdersController, OrdersSubscriber],
  providers: [
    OrdersService,
    OrdersRepository,
    OrderChanges,
    provideConfig(OrdersConfig),
    provideClient(InventoryClient, ({ INVENTORY_GRPC_URL }: OrdersConfig) => grpcClient(INVENTORY_GRPC_URL), [
      OrdersConfig,
    ]),
  ],
})
export class OrdersModule {}
