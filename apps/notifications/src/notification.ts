import type { OrderCancelled, OrderConfirmed, OrderPlaced } from '@fourfold/contracts/gen/shop/orders/v1/events';
import type { PaymentDeclined, PaymentRefunded, PaymentSettled } from '@fourfold/contracts/gen/shop/payments/v1/events';
import type { Money } from '@fourfold/contracts/gen/shop/type/v1/money';

/** What a customer reads about each event. */
export const aboutPlaced = ({ orderId, total }: OrderPlaced): string =>
  `Thank you for your order ${orderId} for ${amountOf(total!)}. We will tell you as soon as it is paid.`;

export const aboutConfirmed = ({ orderId }: OrderConfirmed): string =>
  `Good news: your order ${orderId} is confirmed and on its way.`;

export const aboutCancelled = ({ orderId, reason }: OrderCancelled): string =>
  `Your order ${orderId} is cancelled${because(reason)}.`;

export const aboutSettled = ({ orderId, amount }: PaymentSettled): string =>
  `We have received your payment of ${amountOf(amount!)} for order ${orderId}.`;

export const aboutDeclined = ({ orderId, reason }: PaymentDeclined): string =>
  `Your payment for order ${orderId} was declined${because(reason)}.`;

export const aboutRefunded = ({ orderId, amount }: PaymentRefunded): string =>
  `We have given you back ${amountOf(amount!)} for your cancelled order ${orderId}.`;

const because = (reason: string): string => (reason ? `: ${reason}` : '');

/** `€19.99`, `¥500`: how many digits a currency's minor units are is its own. */
const amountOf = ({ currencyCode, minorUnits }: Money): string => {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currencyCode });
  return format.format(minorUnits / 10 ** format.resolvedOptions().maximumFractionDigits!);
};
