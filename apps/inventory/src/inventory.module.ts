import { Module } from '@nestjs/common';
import { provideConfig } from '@fourfold/service/config';
import { DatabaseModule } from '@fourfold/service/database';
import { MessagingModule } from '@fourfold/service/messaging.module';
import { InventoryConfig } from './inventory.config.ts';
import { InventoryController } from './inventory.controller.ts';
import { InventorySubscriber } from './inventory.subscriber.ts';
import { ProductsRepository } from './products/products.repository.ts';
import { ProductsSeed } from './products/products.seed.ts';
import { ProductsService } from './products/products.service.ts';
import { ReservationsExpiry } from './reservations/reservations.expiry.ts';
import { ReservationsRepository } from './reservations/reservations.repository.ts';
import { ReservationsService } from './reservations/reservations.service.ts';

@Module({
  imports: [DatabaseModule.forRoot({ beside: import.meta.url }), MessagingModule.forRoot({ publishes: [] })],
  controllers: [InventoryController, InventorySubscriber],
  providers: [
    ProductsService,
    ProductsRepository,
    ProductsSeed,
    ReservationsService,
    ReservationsRepository,
    ReservationsExpiry,
    provideConfig(InventoryConfig),
  ],
})
export class InventoryModule {}
