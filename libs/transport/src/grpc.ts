import type { ClientTransport } from './client.ts';

/** Calls and streams over gRPC; `target` as in gRPC name resolution: `127.0.0.1:50051`. */
export const grpcClient = async (target: string): Promise<ClientTransport> => {
  const { GrpcClient } = await import('./grpc/client.ts');
  return new GrpcClient(target);
};
