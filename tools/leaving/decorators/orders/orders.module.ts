import { Module } from '@nestjs/common';
import { ClientsModule, type GrpcOptions, Transport } from '@nestjs/microservices';
import { InventoryServiceDefinition } from '@fourfold/contracts/gen/shop/inventory/v1/inventory';
import { provideConfig } from '@fourfold/service/config';
import { DatabaseModule } from '@fourfold/service/database';
import { MessagingModule } from '@fourfold/service/messaging.module';
import { grpcDefinition } from './grpc-definition.ts';
import { INVENTORY, InventoryClient } from './inventory.client.ts';
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
    ClientsModule.registerAsync([
      {
        name: INVENTORY,
        inject: [OrdersConfig],
        extraProviders: [provideConfig(OrdersConfig)],
        useFactory: ({ INVENTORY_GRPC_URL: url }: OrdersConfig): GrpcOptions => ({
          transport: Transport.GRPC,
          options: { url, ...grpcDefinition(InventoryServiceDefinition) },
        }),
      },
    ]),
  ],
  controllers: [OrdersController, OrdersSubscriber],
  providers: [OrdersService, OrdersRepository, OrderChanges, provideConfig(OrdersConfig), InventoryClient],
})
export class OrdersModule {}
