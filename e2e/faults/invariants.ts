/** What holds of the shop when it has come to rest, whatever went wrong before. */
import { differences, type History } from '@fourfold/testing/faults';

/** What has become of the payment and the reservation of an order that ended. */
const ENDED: Record<string, { payment: string; reservation: string }> = {
  CONFIRMED: { payment: 'SETTLED', reservation: 'COMMITTED' },
  CANCELLED: { payment: 'DECLINED', reservation: 'RELEASED' },
};

/** How often a customer hears of an order: it is placed, its payment has an outcome, and it ends. */
const NOTIFICATIONS = 3;

/** `orderIds`: what was answered to those who placed orders. Resolves to what is wrong, in words. */
export const violationsOf = async (
  { name, query }: Pick<History<unknown>, 'name' | 'query'>,
  orderIds: readonly string[],
): Promise<string[]> => {
  const orders = await query('orders', 'select order_id, status from orders where customer_id = $1', [name]);
  const found = orders.map(({ order_id }) => order_id);
  const of = (service: string, table: string, column: string) =>
    query(service, `select order_id, ${column} as value from ${table} where order_id = any($1)`, [found]);
  const [payments, reservations, told] = await Promise.all([
    of('payments', 'payments', 'status'),
    of('inventory', 'reservations', 'status'),
    of('notifications', 'notifications', 'text'),
  ]);
  return [
    ...differences('order', found, orderIds),
    ...(await stockViolations(query)),
    ...orders.flatMap(({ order_id, status }) => {
      const own = (rows: typeof payments) =>
        rows.filter((row) => row['order_id'] === order_id).map(({ value }) => value);
      const order = `order ${order_id}, ${status}`;
      const ended = ENDED[status];
      if (!ended) return [`${order}: has not ended`];
      const texts = own(told);
      return [
        ...differences(`${order}: payment`, own(payments), [ended.payment]),
        ...differences(`${order}: reservation`, own(reservations), [ended.reservation]),
        ...differences(`${order}: notification`, texts, [...new Set(texts)]),
        ...(texts.length === NOTIFICATIONS ? [] : [`${order}: its customer was told ${texts.length} things`]),
      ];
    }),
  ];
};

/** What is missing from the stock is what orders have reserved or bought. */
const stockViolations = async (query: History<unknown>['query']): Promise<string[]> => {
  const [row] = await query('inventory', STOCK, [STOCKED]);
  return row!['missing'] === row!['taken']
    ? []
    : [`${row!['missing']} units are missing from the stock, ${row!['taken']} are reserved or sold`];
};

/** Units of each product. */
export const STOCKED = 1_000_000;

const STOCK = `
  select
    (select sum($1 - stock)::int from products) as missing,
    (select coalesce(sum(quantity), 0)::int from reservation_lines join reservations using (order_id)
     where status in ('HELD', 'COMMITTED')) as taken`;
