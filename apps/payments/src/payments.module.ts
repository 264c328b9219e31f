import { Module } from '@nestjs/common';
import { provideConfig } from '@fourfold/service/config';
import { DatabaseModule } from '@fourfold/service/database';
import { MessagingModule } from '@fourfold/service/messaging.module';
import { PaymentsConfig } from './payments.config.ts';
import { PaymentsController } from './payments.controller.ts';
import { PaymentsRepository } from './payments.repository.ts';
import { PaymentsService } from './payments.service.ts';

@Module({
  imports: [DatabaseModule.forRoot({ beside: import.meta.url }), MessagingModule.forRoot({ publishes: ['event'] })],
  controllers: [PaymentsController],
  providers: [PaymentsService, PaymentsRepository, provideConfig(PaymentsConfig)],
})
export class PaymentsModule {}
