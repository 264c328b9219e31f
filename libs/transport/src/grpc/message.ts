import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { IncomingMessage } from '../transport.ts';
import { IDEMPOTENCY_KEY, readMetadata } from './metadata.ts';

/** A call as a message; `isCall` if it has one answer, and not a stream of them. */
export const messageOf = (call: ServerUnaryCall<unknown, unknown>, isCall: boolean): IncomingMessage => {
  const { [IDEMPOTENCY_KEY]: id, ...metadata } = readMetadata(call.metadata);
  const deadline = Number(call.getDeadline());
  return {
    transport: 'grpc',
    name: call.getPath().slice(1),
    metadata,
    isCall,
    ...(id && { idempotencyKey: { source: '', id } }),
    ...(Number.isFinite(deadline) && { deadline }),
    onCancel: (abort) => call.once('cancelled', abort),
  };
};
