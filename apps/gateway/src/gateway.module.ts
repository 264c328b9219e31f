// the errors of the services behind this one: /problems says what they mean
import '@fourfold/contracts/inventory.errors';
import '@fourfold/contracts/notifications.errors';
import '@fourfold/contracts/orders.errors';
import '@fourfold/contracts/payments.errors';
import { Module } from '@nestjs/common';
import { provideConfig } from '@fourfold/service/config';
import { provideClient } from '@fourfold/transport/client';
import { grpcClient } from '@fourfold/transport/grpc';
import { CancellationsController } from './cancellations.controller.ts';
import { GatewayConfig } from './gateway.config.ts';
import { InventoryClient } from './inventory.client.ts';
import { NotificationsClient } from './notifications.client.ts';
import { NotificationsController } from './notifications.controller.ts';
import { OrdersClient } from './orders.client.ts';
import { OrdersController } from './orders.controller.ts';
import { PaymentsClient } from './payments.client.ts';
import { PaymentsController } from './payments.controller.ts';
import { ProductsController } from './products.controller.ts';
import { RelationsController } from './relations.controller.ts';
import { RootController } from './root.controller.ts';
import { WebController } from './web.controller.ts';
import { WebFiles } from './web-files.ts';

@Module({
  controllers: [
    RootController,
    RelationsController,
    OrdersController,
    CancellationsController,
    PaymentsController,
    ProductsController,
    NotificationsController,
    WebController,
  ],
  providers: [
    provideConfig(GatewayConfig),
    WebFiles,
    provideClient(OrdersClient, (config: GatewayConfig) => grpcClient(config.ORDERS_GRPC_URL), [GatewayConfig]),
    provideClient(InventoryClient, (config: GatewayConfig) => grpcClient(config.INVENTORY_GRPC_URL), [GatewayConfig]),
    provideClient(PaymentsClient, (config: GatewayConfig) => grpcClient(config.PAYMENTS_GRPC_URL), [GatewayConfig]),
    provideClient(NotificationsClient, (config: GatewayConfig) => grpcClient(config.NOTIFICATIONS_GRPC_URL), [
      GatewayConfig,
    ]),
  ],
})
export class GatewayModule {}
