import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, KafkaContext, Payload, Transport } from '@nestjs/microservices';
import { paymentDeclined, PaymentDeclinedDto, paymentSettled, PaymentSettledDto } from '@fourfold/contracts/payments';
import { OrdersService } from './orders.service.ts';
import { validated } from './validated.ts';

/** The events that the orders service listens to. */
@Controller()
export class OrdersSubscriber {
  constructor(private readonly orders: OrdersService) {}

  @EventPattern<string>(paymentSettled.type, Transport.KAFKA, { topic: paymentSettled.topic })
  paymentSettled(@Payload(validated(PaymentSettledDto)) { orderId }: PaymentSettledDto, @Ctx() context: KafkaContext) {
    return this.orders.confirm(orderId, keyOf(context));
  }

  @EventPattern<string>(paymentDeclined.type, Transport.KAFKA, { topic: paymentDeclined.topic })
  paymentDeclined(
    @Payload(validated(PaymentDeclinedDto)) { orderId, reason }: PaymentDeclinedDto,
    @Ctx() context: KafkaContext,
  ) {
    return this.orders.decline(orderId, reason, keyOf(context));
  }
}

const keyOf = (context: KafkaContext) => {
  const { ce_source: source, ce_id: id } = context.getMessage().headers!;
  return { source: String(source), id: String(id) };
};
