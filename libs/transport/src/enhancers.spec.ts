import { clientOf, connect } from './client.ts';
import { ParcelsContract } from './conformance/parcels.ts';
import { enhancersSuite } from './enhancers.suite.ts';
import { GrpcClient } from './grpc/client.ts';
import { GrpcServer } from './grpc/server.ts';
import { HttpClient } from './http/client.ts';

abstract class ParcelsClient extends clientOf(ParcelsContract) {}
const parcelOf = (senderId: string) => ({ senderId, items: [{ articleId: 'a', quantity: 1 }] });

enhancersSuite('http', async () => ({
  servers: [],
  async bring(senderId, app) {
    const client = connect(ParcelsClient, new HttpClient(await app.getUrl()));
    await client.sendParcel(parcelOf(senderId)).catch(() => {});
  },
  close: async () => {},
}));

enhancersSuite('grpc', async () => {
  const server = new GrpcServer({ url: '127.0.0.1:0', contracts: [ParcelsContract] });
  let transport: GrpcClient | undefined;
  return {
    servers: [server],
    async bring(senderId) {
      transport ??= new GrpcClient(`127.0.0.1:${server.port}`);
      await connect(ParcelsClient, transport)
        .sendParcel(parcelOf(senderId))
        .catch(() => {});
    },
    close: async () => transport?.close(),
  };
});
