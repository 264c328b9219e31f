import type { Driver } from '../../conformance/drivers/driver.ts';
import { TcpClient } from './client.ts';
import { TcpServer } from './server.ts';

export const openTcp = async (): Promise<Driver> => {
  const clients: TcpClient[] = [];
  return {
    transport: 'tcp',
    server: ({ port = 0 } = {}) => new TcpServer({ host: '127.0.0.1', port }),
    client({ server }) {
      const client = new TcpClient(server!.address!);
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
};
