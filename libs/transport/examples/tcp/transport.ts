import { MessagePattern, Transport as NestTransport } from '@nestjs/microservices';
import { IsInt, Max, Min } from 'class-validator';
import { patternsOf } from '../../src/handlers/patterns.ts';
import { paced } from '../../src/pipeline/outflow.ts';
import type { Client, Transport } from '../../src/transport.ts';

export class TcpConfig {
  /** 0 takes a free port, as tests do. */
  @IsInt() @Min(0) @Max(65535) TCP_PORT?: number = undefined;
}

/** TCP: calls and streams in the packets of Nest's own TCP transport, for operations that say `tcp: true`. */
export const tcp: Transport<TcpConfig> = {
  config: TcpConfig,

  bind(operation) {
    const { name, kind, bindings } = operation;
    if (!bindings.tcp) return undefined;
    if (kind === 'command') throw new TypeError(`${name} is a command: TCP keeps no message until it is handled`);
    const decorator = MessagePattern<string>(name, NestTransport.TCP, { operation });
    return { decorator, ...(kind === 'stream' && { convert: paced }) };
  },

  describe: (_, method) => patternsOf(method, NestTransport.TCP).map(({ pattern }) => String(pattern)),

  async createServer({ TCP_PORT: port }, { host, drainTimeout }) {
    const { TcpServer } = await import('./server.ts');
    return new TcpServer({ host, port: port!, drainTimeout });
  },
};

/** Calls and streams over TCP; `address` is `host:port`. One connection, made when first used. */
export const tcpClient = async (address: string): Promise<Client> => {
  const { TcpClient } = await import('./client.ts');
  return new TcpClient(address);
};
