import { GrpcClient } from '../grpc/client.ts';
import { GrpcServer } from '../grpc/server.ts';
import { ConformanceContract } from './contract.ts';
import type { Driver } from './driver.ts';

export const openGrpc = async (): Promise<Driver> => ({
  transport: 'grpc',
  server: ({ port = 0 } = {}) => new GrpcServer({ url: `127.0.0.1:${port}`, contracts: [ConformanceContract] }),
  client: ({ server }) => new GrpcClient(`127.0.0.1:${(server as GrpcServer).port}`),
  close: async () => {},
});
