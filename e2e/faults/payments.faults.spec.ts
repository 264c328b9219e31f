import { unavailable } from '@fourfold/transport/errors';
import { differences, histories } from '@fourfold/testing/faults';
import { connect } from 'amqplib';

const QUEUE = 'payments.charge-payment';
const TYPE = 'shop.payments.v1.PaymentsService/ChargePayment';

/** Programs in any language that send commands: each counts its messages from 1, and sends some of them twice. */
histories({
  services: ['payments'],

  /** Sends a command as `appId`, and resolves once the broker has it. */
  connect:
    async ({ rabbitmq }) =>
    async (appId: string, messageId: string, command: object) => {
      try {
        await using connection = await opened(rabbitmq);
        const channel = await connection.createConfirmChannel();
        channel.on('error', () => {}); // the publish rejects
        const sent = Promise.withResolvers<void>();
        channel.once('close', () => sent.reject(new Error('the channel was closed')));
        channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(command)), { appId, messageId, type: TYPE }, (error) =>
          error ? sent.reject(error) : sent.resolve(),
        );
        await sent.promise;
      } catch (thrown) {
        throw unavailable('the broker did not take the command', thrown as Error);
      }
    },

  /** Resolves to the ids of the orders to be charged. */
  async operations({ name, random, client: send, untilAnswered }) {
    const senders = ['till', 'web', 'phone'].map((sender) => ({ appId: `${name}-${sender}`, count: random.below(4) }));
    const commands = senders.flatMap(({ appId, count }) =>
      Array.from({ length: count }, (_, at) => ({
        appId,
        messageId: `${at + 1}`,
        times: random.chance(40) ? 2 : 1,
        command: {
          orderId: `${appId}-${at + 1}`,
          customerId: name,
          amount: { currencyCode: 'EUR', minorUnits: random.chance(20) ? 10_000_000 : 500 },
        },
      })),
    );
    await Promise.all(
      commands.flatMap(({ appId, messageId, times, command }) =>
        Array.from({ length: times }, () => untilAnswered(() => send(appId, messageId, command))),
      ),
    );
    return commands.map(({ command }) => command.orderId);
  },

  async invariants({ name, query }, orderIds) {
    const charged = await query('payments', 'select order_id from payments where customer_id = $1', [name]);
    const announced = await query('payments', 'select key from outbox where key = any($1)', [orderIds]);
    return [
      ...differences(
        'payment of order',
        charged.map(({ order_id }) => order_id),
        orderIds,
      ),
      ...differences(
        'event of order',
        announced.map(({ key }) => key),
        orderIds,
      ),
    ];
  },
});

const opened = async (url: string) => {
  const connection = await connect(url);
  connection.on('error', () => {}); // what is in flight rejects
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close().catch(() => {}) });
};
