import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AmqpBroker } from '../src/amqp/broker.ts';

/** The tests of amqp091-go ask for this port and no other. */
const PORT = 15_672;

/** What tests use of RabbitMQ's management API: https://www.rabbitmq.com/docs/http-api-reference (connections). */
export const serveManagement = async (broker: AmqpBroker): Promise<{ close(): Promise<void> }> => {
  const server = createServer(({ method, url = '' }, response) => {
    const name = decodeURIComponent(url.replace(/^\/api\/connections\/?/, ''));
    if (method === 'GET' && !name) return void response.end(JSON.stringify(broker.connections.map(described)));
    const connection = method === 'DELETE' ? broker.connections.find((each) => each.name === name) : undefined;
    connection?.forceClosed('Closed via management plugin');
    response.writeHead(connection ? 204 : 404).end();
  });
  server.listen(PORT, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
};

const described = ({ name, clientName }: AmqpBroker['connections'][number]) => ({
  name,
  client_properties: clientName === undefined ? {} : { connection_name: clientName },
});
