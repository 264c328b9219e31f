import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import type { Metadata } from '@fourfold/contracts/metadata';

export const IDEMPOTENCY_KEY = 'idempotency-key';

/** Metadata are gRPC metadata, by their own names; what came twice is joined by a comma. Binary ones (`-bin`) are not text. */
export const readMetadata = (metadata: GrpcMetadata): Metadata =>
  Object.fromEntries(
    Object.keys(metadata.getMap())
      .filter((name) => !name.endsWith('-bin'))
      .map((name) => [name, metadata.get(name).join(',')]),
  );

export const writeMetadata = (metadata: Metadata, idempotencyKey?: string): GrpcMetadata => {
  const written = new GrpcMetadata();
  for (const [name, value] of Object.entries(metadata)) written.set(name, value);
  if (idempotencyKey) written.set(IDEMPOTENCY_KEY, idempotencyKey);
  return written;
};
