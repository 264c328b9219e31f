import { clientOf, createClient } from '../../src/client.ts';
import { ParcelsContract } from '@fourfold/testing/parcels';
import { enhancersSuite } from './enhancers.suite.ts';
import { GrpcClient } from '../../src/grpc/client.ts';
import { GrpcServer } from '../../src/grpc/server.ts';
import { HttpClient } from '../../src/http/client.ts';

abstract class ParcelsClient extends clientOf(ParcelsContract) {}
const parcelOf = (senderId: string) => ({ senderId, items: [{ articleId: 'a', quantity: 1 }] });

enhancersSuite('http', async () => ({
  servers: [],
  async send(senderId, origin) {
    const client = createClient(ParcelsClient, new HttpClient(origin));
    await client.sendParcel(parcelOf(senderId)).catch(() => {});
  },
  close: async () => {},
}));

enhancersSuite('grpc', async () => {
  const server = new GrpcServer({ host: '127.0.0.1', port: 0, contracts: [ParcelsContract] });
  let transport: GrpcClient | undefined;
  return {
    servers: [server],
    async send(senderId) {
      transport ??= new GrpcClient(server.address!);
      await createClient(ParcelsClient, transport)
        .sendParcel(parcelOf(senderId))
        .catch(() => {});
    },
    close: async () => transport?.close(),
  };
});
