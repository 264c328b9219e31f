import { startAmqp } from '../src/amqp/broker.ts';
import { serveManagement } from './management.ts';
import type { Suite } from './suite.ts';

/** The tests that its Makefile calls `tests`, with RabbitMQ at AMQP_URL and the management API on its usual port. */
export const amqp091Go: Suite = {
  name: 'amqp091-go',
  module: 'github.com/rabbitmq/amqp091-go',
  version: 'v1.16.0',
  package: '.',
  flags: ['-tags=integration'],
  exclusions: [
    { test: 'TestIntegrationTxCommit', reason: 'transactions are refused' },
    { test: 'TestIntegrationTxRollback', reason: 'transactions are refused' },
    {
      test: 'TestConnection_Close_WhenMemoryAlarmIsActive',
      reason: 'needs rabbitmqctl and a memory alarm; at the limit publishes are nacked',
    },
  ],

  async start() {
    const broker = await startAmqp();
    const management = await serveManagement(broker);
    return {
      environment: { AMQP_URL: broker.url },
      async close() {
        await management.close();
        await broker.close();
      },
    };
  },
};
