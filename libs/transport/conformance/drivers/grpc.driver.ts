import { GrpcClient } from '../../src/grpc/client.ts';
import { GrpcServer } from '../../src/grpc/server.ts';
import { ConformanceContract } from '../contract.ts';
import type { Driver } from './driver.ts';

export const openGrpc = async (): Promise<Driver> => ({
  transport: 'grpc',
  server: ({ port = 0, limiter } = {}) =>
    new GrpcServer({ host: '127.0.0.1', port, contracts: [ConformanceContract], limiter }),
  client: ({ server }) => new GrpcClient(server!.address!),
  close: async () => {},
});
