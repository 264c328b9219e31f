import { Module } from '@nestjs/common';
import { DatabaseModule } from '@fourfold/service/database';
import { MessagingModule } from '@fourfold/service/messaging.module';
import { NotificationsController } from './notifications.controller.ts';
import { NotificationsRepository } from './notifications.repository.ts';
import { NotificationsService } from './notifications.service.ts';
import { NotificationsSubscriber } from './notifications.subscriber.ts';

@Module({
  imports: [DatabaseModule.forRoot({ beside: import.meta.url }), MessagingModule.forRoot({ publishes: [] })],
  controllers: [NotificationsController, NotificationsSubscriber],
  providers: [NotificationsService, NotificationsRepository],
})
export class NotificationsModule {}
