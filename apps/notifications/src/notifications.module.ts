import { Module } from '@nestjs/common';
import { DatabaseModule } from '@fourfold/service/database';
import { OutboxModule } from '@fourfold/service/outbox.module';
import { NotificationsController } from './notifications.controller.ts';
import { NotificationsRepository } from './notifications.repository.ts';
import { NotificationsService } from './notifications.service.ts';
import { NotificationsSubscriber } from './notifications.subscriber.ts';

@Module({
  imports: [DatabaseModule.forRoot({ beside: import.meta.url }), OutboxModule.forRoot({ publishes: [] })],
  controllers: [NotificationsController, NotificationsSubscriber],
  providers: [NotificationsService, NotificationsRepository],
})
export class NotificationsModule {}
