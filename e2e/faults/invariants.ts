/** What holds of the shop when it has come to rest, whatever went wrong before. */
import { differences, type History } from '@fourfold/testing/faults';

/** What a customer was answered. */
export interface Asked {
  orderId: string;
  /** Whether the customer has cancelled it. */
  isCancelled: boolean;
}

/** Why a customer cancels: an order whose payment was declined before has another reason. */
export const REASON = 'the customer wants it no more';

/** An order that has ended, as its customer can tell it from others. */
interface End {
  status: string;
  /** One more after each change, 1 when it is placed. */
  version: number;
  payment: string;
  reservation: string;
  /** How often the customer hears of it. */
  notifications: number;
}

/** All ends that there are; docs/processes.md. */
const ENDS: readonly End[] = [
  { status: 'CONFIRMED', version: 2, payment: 'SETTLED', reservation: 'COMMITTED', notifications: 3 },
  { status: 'CANCELLED', version: 2, payment: 'DECLINED', reservation: 'RELEASED', notifications: 3 },
  { status: 'CANCELLED', version: 2, payment: 'VOIDED', reservation: 'RELEASED', notifications: 2 },
  { status: 'CANCELLED', version: 2, payment: 'REFUNDED', reservation: 'RELEASED', notifications: 4 },
  { status: 'CANCELLED', version: 3, payment: 'REFUNDED', reservation: 'RELEASED', notifications: 5 },
];

/** `asked`: what those who placed orders were answered. Resolves to what is wrong, in words. */
export const violationsOf = async (
  { name, query }: Pick<History<unknown>, 'name' | 'query'>,
  asked: readonly Asked[],
): Promise<string[]> => {
  const orders = await query('orders', ORDERS, [name]);
  const found = orders.map(({ order_id }) => order_id);
  const of = async (service: string, table: string, column: string) =>
    valuesByOrder(
      await query(service, `select order_id, ${column} as value from ${table} where order_id = any($1)`, [found]),
    );
  const [payments, reservations, told] = await Promise.all([
    of('payments', 'payments', 'status'),
    of('inventory', 'reservations', 'status'),
    of('notifications', 'notifications', 'text'),
  ]);
  const cancelled = new Set(asked.filter(({ isCancelled }) => isCancelled).map(({ orderId }) => orderId));
  return [
    ...differences(
      'order',
      found,
      asked.map(({ orderId }) => orderId),
    ),
    ...(await stockViolations(query)),
    ...orders.flatMap(({ order_id: orderId, status, version, cancel_reason: reason }) => {
      const [paid = [], reserved = [], texts = []] = [payments, reservations, told].map((one) => one.get(orderId));
      const end = { status, version, payment: paid.join(), reservation: reserved.join(), notifications: texts.length };
      const order = `order ${orderId}, ${JSON.stringify(end)}`;
      const isDeclined = end.payment === 'DECLINED';
      return [
        ...(ENDS.some((one) => JSON.stringify(one) === JSON.stringify(end)) ? [] : [`${order}: no order ends so`]),
        ...(new Set(texts).size === texts.length ? [] : [`${order}: its customer was told something twice`]),
        ...(cancelled.has(orderId)
          ? status === 'CANCELLED' && (isDeclined || reason === REASON)
            ? []
            : [`${order}: its customer has cancelled it`]
          : status === 'CANCELLED' && !isDeclined
            ? [`${order}: nobody has cancelled it`]
            : []),
      ];
    }),
  ];
};

const ORDERS = 'select order_id, status, version, cancel_reason from orders where customer_id = $1';

const valuesByOrder = (rows: Record<string, any>[]): Map<string, string[]> => {
  const values = new Map<string, string[]>();
  for (const { order_id, value } of rows) values.set(order_id, [...(values.get(order_id) ?? []), value]);
  return values;
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
