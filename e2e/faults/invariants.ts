/** What holds of the shop when it has come to rest, whatever went wrong before. Each query finds what violates it. */
import type { Shop } from './shop.ts';

type Row = Record<string, any>;

/** All that the shop knows of a customer's orders. */
export interface Facts {
  orders: Row[];
  payments: Row[];
  reservations: Row[];
  notifications: Row[];
  /** Units that are missing from the stock, of all products; and those that are reserved or sold. */
  missing: number;
  taken: number;
}

export const factsOf = async (shop: Shop, customerId: string): Promise<Facts> => {
  const orders = (
    await shop.query('orders', 'select order_id, status from orders where customer_id = $1', [customerId])
  ).rows;
  const ids = orders.map((order) => order.order_id);
  const of = async (app: string, columns: string, table: string, order = 'order_id') =>
    (await shop.query(app, `select ${columns} from ${table} where order_id = any($1) order by ${order}`, [ids])).rows;
  const [stock] = (await shop.query('inventory', 'select sum(1000000 - stock)::int as missing from products')).rows;
  const [lines] = (
    await shop.query(
      'inventory',
      `select coalesce(sum(quantity), 0)::int as taken from reservation_lines join reservations using (order_id)
       where status in ('HELD', 'COMMITTED')`,
    )
  ).rows;
  return {
    orders,
    payments: await of('payments', 'order_id, status', 'payments'),
    reservations: await of('inventory', 'order_id, status', 'reservations'),
    notifications: await of('notifications', 'order_id, text', 'notifications', 'notification_id'),
    missing: stock.missing,
    taken: lines.taken,
  };
};

/** Asked for: how many orders. Resolves to what is wrong, in words; nothing if all holds. */
export const violationsOf = (
  { orders, payments, reservations, notifications, missing, taken }: Facts,
  asked: number,
): string[] => {
  const wrong: string[] = [];
  if (orders.length !== asked) wrong.push(`${asked} orders were placed, ${orders.length} are there`);
  if (missing !== taken) wrong.push(`${missing} units are missing from the stock, ${taken} are reserved or sold`);
  for (const { order_id, status } of orders) {
    const own = <T extends Row>(rows: T[]) => rows.filter((row) => row['order_id'] === order_id);
    const [payment, reservation] = [own(payments), own(reservations)];
    const told = own(notifications).map(({ text }) => text as string);
    const ended = { CONFIRMED: ['SETTLED', 'COMMITTED'], CANCELLED: ['DECLINED', 'RELEASED'] }[status as string];
    if (!ended) wrong.push(`order ${order_id} has not ended: ${status}`);
    else {
      if (payment.length !== 1 || payment[0]!['status'] !== ended[0])
        wrong.push(`order ${order_id} is ${status}, its payments: ${JSON.stringify(payment)}`);
      if (reservation.length !== 1 || reservation[0]!['status'] !== ended[1])
        wrong.push(`order ${order_id} is ${status}, its reservations: ${JSON.stringify(reservation)}`);
      if (told.length !== 3 || new Set(told).size !== 3)
        wrong.push(`order ${order_id} is ${status}, its customer was told: ${JSON.stringify(told)}`);
    }
  }
  return wrong;
};
