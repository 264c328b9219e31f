/** Bugs that the histories must find, each as small edits of the product. */
export interface Bug {
  name: string;
  edits: { file: string; from: string; to: string }[];
}

const INBOX = 'libs/messaging/src/inbox.ts';
const OUTBOX = 'libs/messaging/src/outbox.ts';
const RELAY = 'libs/messaging/src/relay.ts';
const RABBITMQ_SERVER = 'libs/transport/src/rabbitmq/server.ts';
const RABBITMQ_CHANNEL = 'libs/transport/src/rabbitmq/channel.ts';
const KAFKA_SERVER = 'libs/transport/src/kafka/server.ts';
const ORDERS = 'apps/orders/src/orders.service.ts';

export const BUGS: readonly Bug[] = [
  { name: 'no inbox', edits: [{ file: INBOX, from: 'if (inserted.length) return effect();', to: 'return effect();' }] },
  {
    name: 'inbox outside of the transaction',
    edits: [{ file: INBOX, from: 'const sql = this.database.within(transaction);', to: 'const sql = this.database;' }],
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
];
