/** Bugs that the histories must find, each as small edits of the product: `node e2e/faults/find-planted-bugs.ts`. */
export interface Bug {
  name: string;
  edits: { file: string; from: string; to: string }[];
  /** Which histories find it: e2e/faults/<suite>.faults.spec.ts; by default those of the shop. */
  suite?: 'payments';
}

const MESSAGING = 'libs/messaging/src';
const INBOX = `${MESSAGING}/inbox.ts`;
const OUTBOX = `${MESSAGING}/outbox.ts`;
const RELAY = `${MESSAGING}/relay.ts`;
const LEASE = `${MESSAGING}/lease.ts`;
const TRANSPORT = 'libs/transport/src';
const CONSUMER = `${TRANSPORT}/consumer/consumer.ts`;
const RABBITMQ_SERVER = `${TRANSPORT}/rabbitmq/server.ts`;
const RABBITMQ_CHANNEL = `${TRANSPORT}/rabbitmq/channel.ts`;
const KAFKA_SERVER = `${TRANSPORT}/kafka/server.ts`;
const KAFKA_INTAKE = `${TRANSPORT}/kafka/intake.ts`;
const KAFKA_PRODUCER = `${TRANSPORT}/kafka/producer.ts`;
const KAFKA_PARTITION = `${TRANSPORT}/kafka/batches/partition.ts`;
const KAFKA_LANES = `${TRANSPORT}/kafka/batches/lanes.ts`;
const KAFKA_PARKED = `${TRANSPORT}/kafka/parked/partition.ts`;
const ORDERS = 'apps/orders/src/orders.service.ts';
const ORDERS_REPOSITORY = 'apps/orders/src/orders.repository.ts';
const PAYMENTS = 'apps/payments/src/payments.service.ts';
const RESERVATIONS = 'apps/inventory/src/reservations/reservations.service.ts';

export const BUGS: readonly Bug[] = [
  { name: 'no inbox', edits: [{ file: INBOX, from: 'if (inserted.length) return effect();', to: 'return effect();' }] },
  {
    name: 'inbox outside of the transaction',
    edits: [{ file: INBOX, from: 'const sql = this.database.within(transaction);', to: 'const sql = this.database;' }],
  },
  {
    name: 'inbox by the id alone, without its source',
    suite: 'payments',
    edits: [
      {
        file: INBOX,
        from: 'await sql.query(INSERT, [source, id, fingerprint])',
        to: "await sql.query(INSERT, ['', id, ''])",
      },
      { file: INBOX, from: 'if (seen && seen.fingerprint !== fingerprint)', to: 'if (seen && !seen)' },
    ],
  },
  {
    name: 'outbox outside of the transaction',
    edits: [
      {
        file: OUTBOX,
        from: 'await this.database.within(transaction).query(ADD, values);',
        to: 'await this.database.query(ADD, values);',
      },
    ],
  },
  {
    name: 'relay that marks what its broker did not take',
    edits: [{ file: RELAY, from: 'rows.filter((_, at) => !outcomes[at]).map(', to: 'rows.map(' }],
  },
  {
    name: 'relay that marks before it publishes',
    edits: [
      {
        file: RELAY,
        from: 'const outcomes = await this.lease.during(',
        to: 'await this.mark(rows, []);\n    const outcomes = await this.lease.during(',
      },
    ],
  },
  {
    name: 'relay that publishes in no order',
    edits: [
      { file: RELAY, from: 'order by outbox.position limit ${BATCH}`;', to: 'order by random() limit ${BATCH}`;' },
    ],
  },
  {
    name: 'relay that goes on behind a message that failed',
    edits: [
      {
        file: KAFKA_PRODUCER,
        from: 'if (!isPermanent(error) || together.length === 1) return together.forEach(({ reject }) => reject(error));',
        to: 'if (together.length === 1) return together.forEach(({ reject }) => reject(error));',
      },
      { file: KAFKA_PRODUCER, from: 'isAway = !isPermanent(own);', to: '' },
    ],
  },
  {
    name: 'lease that every replica gets',
    edits: [{ file: LEASE, from: 'return held.length > 0;', to: 'return true;' }],
  },
  {
    name: 'publisher that takes a refusal or a lost confirm for success',
    edits: [
      {
        file: RABBITMQ_CHANNEL,
        from: "error ? reject(unavailable('the broker did not take the message', error)) : resolve(),",
        to: 'resolve(),',
      },
    ],
  },
  {
    name: 'publisher that does not wait for the confirm',
    edits: [
      {
        file: RABBITMQ_CHANNEL,
        from: '    } catch (thrown) {\n      reject(thrown);',
        to: '      resolve();\n    } catch (thrown) {\n      reject(thrown);',
      },
    ],
  },
  {
    name: 'publisher that does not wait for Kafka',
    edits: [
      { file: KAFKA_PRODUCER, from: '{ acks: -1, topicMessages }', to: '{ acks: 0, topicMessages }' },
      { file: KAFKA_PRODUCER, from: 'idempotent: true,', to: 'idempotent: false,' },
    ],
  },
  {
    name: 'channel that is not opened again',
    edits: [
      { file: RABBITMQ_CHANNEL, from: 'this.events.lost?.();\n    this.openLater();', to: 'this.events.lost?.();' },
    ],
  },
  {
    name: 'consumer that stays away once it was cancelled',
    edits: [
      {
        file: RABBITMQ_SERVER,
        from: 'await this.consume(source).catch((thrown: Error) => this.logger.error(thrown.message));',
        to: '',
      },
    ],
  },
  {
    name: 'acknowledgement that is forgotten',
    edits: [
      { file: RABBITMQ_SERVER, from: 'acknowledge: () => channel.ack(message.raw),', to: 'acknowledge: () => {},' },
    ],
  },
  {
    name: 'acknowledgement before the handler',
    edits: [
      {
        file: CONSUMER,
        from: 'await runInContext({ transport, metadata, signal, receivedAt: performance.now() }, () => this.settle(message));\n    message.acknowledge();',
        to: 'message.acknowledge();\n    await runInContext({ transport, metadata, signal, receivedAt: performance.now() }, () => this.settle(message));',
      },
    ],
  },
  {
    name: 'offset that is committed before the handler has ended',
    edits: [
      {
        file: KAFKA_PARTITION,
        from: 'const count = this.lanes.done - this.committed;',
        to: 'const count = this.offsets.length;',
      },
      {
        file: KAFKA_PARTITION,
        from: 'this.lanes.add(messages);',
        to: 'this.lanes.add(messages);\n    await this.commit();',
      },
    ],
  },
  {
    name: 'offset that is committed beyond a gap',
    edits: [
      {
        file: KAFKA_LANES,
        from: 'for (; this.finished.delete(this.done); this.done++) this.items.delete(this.done);',
        to: 'this.items.delete(index);\n    this.done++;',
      },
    ],
  },
  {
    name: 'offset of a retry topic that is committed beyond what waits',
    edits: [
      {
        file: KAFKA_PARKED,
        from: 'await this.options.commit(first ?? String(this.next))',
        to: 'await this.options.commit(String(first ? this.next : this.next))',
      },
    ],
  },
  {
    name: 'message that overtakes an earlier one of its key, which is tried again later',
    edits: [
      {
        file: KAFKA_INTAKE,
        from: 'if (key !== null && parked.isWaiting(key)) return this.consumer.parkBehind(message);',
        to: '',
      },
    ],
  },
  {
    name: 'message that is parked without waiting for its broker',
    edits: [
      {
        file: CONSUMER,
        from: "await this.hand(message, isParked ? 'park' : 'deadLetter', failureHeaders(failure, message));",
        to: "void this.hand(message, isParked ? 'park' : 'deadLetter', failureHeaders(failure, message)).catch(() => {});",
      },
    ],
  },
  {
    name: 'failure that may pass and is taken for final',
    edits: [
      {
        file: `${TRANSPORT}/consumer/attempt.ts`,
        from: 'export const isRetryable = ({ error }: Failure): boolean => RETRYABLE.has(error.code);',
        to: "export const isRetryable = ({ error }: Failure): boolean => RETRYABLE.has(error.code) && error.code !== 'UNAVAILABLE';",
      },
    ],
  },
  {
    name: 'group member that stays away once it has crashed',
    edits: [
      {
        file: KAFKA_SERVER,
        from: 'if (this.isServing && this.consumer === consumer) void this.rejoin(error);',
        to: '',
      },
    ],
  },
  {
    name: 'request that forgets its idempotency key',
    edits: [
      {
        file: ORDERS,
        from: 'idempotencyKey ? await this.claim(request, idempotencyKey) : uuidv7();',
        to: 'uuidv7();',
      },
    ],
  },
  {
    name: 'order that is announced again by a request that came twice',
    edits: [
      {
        file: ORDERS,
        from: 'if (!(await this.orders.insert(transaction, order))) return false;',
        to: 'await this.orders.insert(transaction, order);',
      },
      { file: ORDERS, from: 'if (known) return known;', to: '' },
    ],
  },
  {
    name: 'stock that is taken again by a request that came twice',
    edits: [
      {
        file: RESERVATIONS,
        from: 'if (!(await this.reservations.insert(transaction, asked))) return undefined;',
        to: 'await this.reservations.insert(transaction, asked);',
      },
      {
        file: RESERVATIONS,
        from: "if (known) return known.status === 'EXPIRED' ? this.reserveAgain(orderId, expiresAt) : known;",
        to: "if (known?.status === 'EXPIRED') return this.reserveAgain(orderId, expiresAt);",
      },
    ],
  },
  {
    name: 'reservation that is changed outside of the transaction of its message',
    edits: [
      {
        file: RESERVATIONS,
        from: 'if (changed) await this.update(transaction, changed, reservation);\n      }),',
        to: 'if (changed) setImmediate(() => void this.database.transaction((own) => this.update(own, changed, reservation)).catch(() => {}));\n      }),',
      },
    ],
  },
  {
    name: 'refund that is forgotten if it comes before its charge',
    edits: [
      {
        file: PAYMENTS,
        from: 'if (await this.payments.insert(transaction, customerId, voided(uuidv7(), refund, new Date()))) return;',
        to: 'if (!(await this.payments.lock(transaction, orderId))) return void [customerId, voided];',
      },
    ],
  },
  {
    name: 'order that is cancelled and confirmed without a lock',
    edits: [
      {
        file: ORDERS_REPOSITORY,
        from: "await transaction.select().from(orders).where(eq(orders.orderId, orderId)).for('update');",
        to: 'await transaction.select().from(orders).where(eq(orders.orderId, orderId));',
      },
    ],
  },
];
