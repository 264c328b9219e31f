import { GrpcMethod, Transport as NestTransport } from '@nestjs/microservices';
import { IsInt, Max, Min } from 'class-validator';
import { patternsOf } from '../handlers/patterns.ts';
import { paced } from '../pipeline/outflow.ts';
import type { Client, Transport } from '../transport.ts';

export class GrpcConfig {
  /** 0 takes a free port, as tests do. */
  @IsInt() @Min(0) @Max(65535) GRPC_PORT?: number = undefined;
}

/** gRPC: every operation but commands, unless the contract says `grpc: false`. */
export const grpc: Transport<GrpcConfig> = {
  config: GrpcConfig,

  bind({ bindings, kind, service, method }) {
    if (bindings.grpc === false || kind === 'command') return undefined;
    return { decorator: GrpcMethod(service, method), ...(kind === 'stream' && { convert: paced }) };
  },

  describe: (_, method) =>
    patternsOf(method, NestTransport.GRPC).map(({ pattern: { service, rpc } }) => `${service}/${rpc}`),

  async createServer({ GRPC_PORT: port }, { host, contracts, drainTimeout, limiter }) {
    const { GrpcServer } = await import('./server.ts');
    const { descriptorSet } = await import('@fourfold/contracts/gen/descriptors');
    return new GrpcServer({ host, port: port!, contracts, descriptorSet, drainTimeout, limiter });
  },
};

/** Calls and streams over gRPC; `target` as in gRPC name resolution: `127.0.0.1:50051`, `dns:///orders:50051`. */
export const grpcClient = async (target: string): Promise<Client> => {
  const { GrpcClient } = await import('./client.ts');
  return new GrpcClient(target);
};
