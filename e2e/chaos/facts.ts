import type { DeadLetter } from '@fourfold/system/dead-letters/store';
import { deadLettersIn, lagsOf, leftIn, recordsIn, type StoredRecord } from './brokers.ts';
import { type Shop, STOCK } from './shop.ts';

/** All that the shop and its brokers know when it has come to rest. */
export interface Facts {
  orders: { orderId: string; customerId: string; status: string }[];
  payments: { orderId: string; status: string }[];
  reservations: { orderId: string; status: string }[];
  notifications: { orderId: string; text: string }[];
  /** Units that are missing from the stock; and those that are reserved or sold. */
  missing: number;
  taken: number;
  /** The messages of all outboxes, each in order. */
  outbox: Sent[];
  inbox: Heard[];
  records: StoredRecord[];
  deadLetters: Pick<DeadLetter, 'place' | 'type' | 'code' | 'reason' | 'message'>[];
  /** Messages that are left, by queue; and by topic and group. */
  queues: Record<string, number>;
  lags: Record<string, number>;
}

/** A row of the outbox of `app`. */
export interface Sent {
  app: string;
  id: string;
  kind: 'command' | 'event';
  type: string;
  destination: string;
  key: string;
  isPublished: boolean;
  parkedReason: string | null;
}

/** A row of the inbox of `app`. */
export interface Heard {
  app: string;
  source: string;
  id: string;
  /** When the transaction of its effect began, in milliseconds. */
  at: number;
}

const APPS = ['orders', 'inventory', 'payments', 'notifications'];

/** Reads all of it. The apps must be cut off from RabbitMQ, so that it has everything that they did not acknowledge. */
export async function factsOf(shop: Shop): Promise<Facts> {
  const { servers } = shop;
  const rows = async <Row>(app: string, text: string): Promise<Row[]> => (await shop.query(app, text)).rows as Row[];
  const [stock] = await rows<{ missing: number }>(
    'inventory',
    `select sum(${STOCK}::bigint - stock)::float8 as missing from products`,
  );
  const [lines] = await rows<{ taken: number }>(
    'inventory',
    `select coalesce(sum(quantity), 0)::float8 as taken from reservation_lines join reservations using (order_id)
     where status in ('HELD', 'COMMITTED')`,
  );
  const status = 'order_id as "orderId", status';
  return {
    orders: await rows('orders', `select ${status}, customer_id as "customerId" from orders`),
    payments: await rows('payments', `select ${status} from payments`),
    reservations: await rows('inventory', `select ${status} from reservations`),
    notifications: await rows('notifications', 'select order_id as "orderId", text from notifications'),
    missing: stock!.missing,
    taken: lines!.taken,
    outbox: (
      await Promise.all(
        APPS.map((app) =>
          rows<Sent>(
            app,
            `select '${app}' as app, id, kind, type, destination, key, published_at is not null as "isPublished",
               parked_reason as "parkedReason"
             from outbox order by position`,
          ),
        ),
      )
    ).flat(),
    inbox: (
      await Promise.all(
        APPS.map((app) =>
          rows<Heard>(
            app,
            `select '${app}' as app, source, id, (extract(epoch from received_at) * 1000)::float8 as at from inbox`,
          ),
        ),
      )
    ).flat(),
    records: await recordsIn(servers),
    deadLetters: await deadLettersIn(servers),
    queues: await leftIn(servers),
    lags: await lagsOf(servers),
  };
}
