import { OrdersContract } from '@fourfold/contracts/orders';
import { clientOf, connect } from './client.ts';
import { enhancersSuite } from './enhancers.suite.ts';
import { GrpcClient } from './grpc/client.ts';
import { GrpcServer } from './grpc/server.ts';
import { HttpClient } from './http/client.ts';

abstract class OrdersClient extends clientOf(OrdersContract) {}
const orderOf = (customerId: string) => ({ customerId, lines: [{ productId: 'p', quantity: 1 }] });

enhancersSuite('http', async () => ({
  servers: [],
  async bring(customerId, app) {
    const client = connect(OrdersClient, new HttpClient(await app.getUrl()));
    await client.placeOrder(orderOf(customerId)).catch(() => {});
  },
  close: async () => {},
}));

enhancersSuite('grpc', async () => {
  const server = new GrpcServer({ url: '127.0.0.1:0', contracts: [OrdersContract] });
  let transport: GrpcClient | undefined;
  return {
    servers: [server],
    async bring(customerId) {
      transport ??= new GrpcClient(`127.0.0.1:${server.port}`);
      await connect(OrdersClient, transport)
        .placeOrder(orderOf(customerId))
        .catch(() => {});
    },
    close: async () => transport?.close(),
  };
});
