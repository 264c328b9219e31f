import { toJson } from '@fourfold/contracts/json';
import type { ReadPacket } from '@nestjs/microservices';
import { MAX_MESSAGE_BYTES, messageTooLarge, notBound } from '../../src/errors.ts';
import type { IncomingMessage, OutgoingCall } from '../../src/transport.ts';
import { IDEMPOTENCY_KEY, readMetadata, TIMEOUT, writeMetadata } from './metadata.ts';

/** Nest's `{ id, pattern, data, metadata }`. Any program may have sent it, so nothing is known of the fields. */
export interface Packet {
  readonly id?: unknown;
  readonly pattern?: unknown;
  readonly data?: unknown;
  readonly metadata?: unknown;
}

/** The pattern of a packet that cancels a call; its data is the id of that call. */
export const CANCEL = 'cancel';

/** A packet as a message; `cancelled` aborts when the caller goes away. */
export const messageOf = ({ pattern, metadata }: Packet, isCall: boolean, cancelled: AbortSignal): IncomingMessage => {
  const { [IDEMPOTENCY_KEY]: id, [TIMEOUT]: timeout, ...others } = readMetadata(metadata);
  const deadline = Date.now() + Number(timeout);
  return {
    transport: 'tcp',
    name: typeof pattern === 'string' ? pattern : '',
    metadata: others,
    isCall,
    ...(id && { idempotencyKey: { source: '', id } }),
    ...(Number.isFinite(deadline) && { deadline }),
    onCancel: (abort) => cancelled.addEventListener('abort', abort),
  };
};

/** A call as a packet; Nest's client adds the id. A stream sends no timeout: it may last longer than its deadline. */
export const packetOf = ({ operation, input, deadline, metadata, idempotencyKey }: OutgoingCall): ReadPacket => {
  const { name, kind, request, bindings } = operation;
  if (!bindings.tcp) throw notBound(name, 'TCP');
  const json = toJson(request, input);
  if (Buffer.byteLength(json) > MAX_MESSAGE_BYTES) throw messageTooLarge();
  const timeout = kind === 'stream' ? undefined : deadline - Date.now();
  return { pattern: name, data: JSON.parse(json), metadata: writeMetadata(metadata, idempotencyKey, timeout) };
};
