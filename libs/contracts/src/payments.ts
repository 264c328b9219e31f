import { IsDefined, IsString, MaxLength } from 'class-validator';
import { contract } from './define/contract.ts';
import { event } from './define/event.ts';
import { Id, MoneyDto, Nested } from './define/fields.ts';
import { PaymentDeclined, PaymentRefunded, PaymentSettled } from './gen/shop/payments/v1/events.ts';
import { PaymentsServiceDefinition } from './gen/shop/payments/v1/payments.ts';

export class ChargePaymentDto {
  @Id() orderId = '';
  @Id() customerId = '';
  @IsDefined() @Nested(() => MoneyDto) amount!: MoneyDto;
}
export class RefundPaymentDto {
  @Id() orderId = '';
  @Id() customerId = '';
  @IsDefined() @Nested(() => MoneyDto) amount!: MoneyDto;
}
export class GetPaymentDto {
  @Id() orderId = '';
}

export const PaymentsContract = contract(PaymentsServiceDefinition, {
  chargePayment: { input: ChargePaymentDto, rabbitmq: { queue: 'payments.charge-payment', mode: 'command' } },
  refundPayment: { input: RefundPaymentDto, rabbitmq: { queue: 'payments.refund-payment', mode: 'command' } },
  getPayment: { input: GetPaymentDto, idempotent: true, http: 'GET /payments/:orderId' },
});

export class PaymentSettledDto {
  @Id() paymentId = '';
  @Id() orderId = '';
  @Id() customerId = '';
  @IsDefined() @Nested(() => MoneyDto) amount!: MoneyDto;
}
export class PaymentDeclinedDto {
  @Id() paymentId = '';
  @Id() orderId = '';
  @Id() customerId = '';
  @IsString() @MaxLength(200) reason = '';
}
export class PaymentRefundedDto {
  @Id() paymentId = '';
  @Id() orderId = '';
  @Id() customerId = '';
  @IsDefined() @Nested(() => MoneyDto) amount!: MoneyDto;
}

const topic = 'shop.payments.v1';
export const paymentSettled = event('shop.payments.v1.PaymentSettled', PaymentSettled, {
  input: PaymentSettledDto,
  topic,
  key: 'orderId',
});
export const paymentDeclined = event('shop.payments.v1.PaymentDeclined', PaymentDeclined, {
  input: PaymentDeclinedDto,
  topic,
  key: 'orderId',
});
export const paymentRefunded = event('shop.payments.v1.PaymentRefunded', PaymentRefunded, {
  input: PaymentRefundedDto,
  topic,
  key: 'orderId',
});
