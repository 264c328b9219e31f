import type { TransportName } from '@fourfold/contracts/contract';
import { tcp } from '../examples/tcp/transport.ts';
import { grpc } from './grpc/transport.ts';
import { http } from './http/transport.ts';
import { kafka } from './kafka/transport.ts';
import { rabbitmq } from './rabbitmq/transport.ts';
import type { BrokerTransport, OutgoingMessage, Transport } from './transport.ts';

/** Every transport, by the name of its binding in a contract. */
export const TRANSPORTS: Record<TransportName, Transport> = { http, grpc, rabbitmq, kafka, tcp };

/** The broker that each kind of stored message leaves by. */
export const BROKERS: Record<OutgoingMessage['kind'], BrokerTransport & { name: TransportName }> = {
  command: { ...rabbitmq, name: 'rabbitmq' },
  event: { ...kafka, name: 'kafka' },
};
