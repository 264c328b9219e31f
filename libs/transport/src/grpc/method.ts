import type { MethodDefinition } from '@grpc/grpc-js';
import type { Operation } from '@fourfold/contracts/contract';
import { Malformed } from '../json.ts';

/** grpc-js's definition of an operation, by the generated codecs: no .proto is loaded at run time. */
export const methodOf = <I, O>({ name, stream, request, response }: Operation<I, O>): MethodDefinition<I, O> => ({
  path: `/${name}`,
  originalName: name.split('/')[1]!.replace(/^./, (first) => first.toLowerCase()),
  requestStream: false,
  responseStream: stream,
  requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
  // bytes that do not decode go on as Malformed, so that they are refused as INVALID_ARGUMENT like bad input elsewhere
  requestDeserialize: (bytes) => attempt(() => request.decode(bytes)) as I,
  responseSerialize: (message) =>
    Buffer.from(response.encode(response.fromPartial((message ?? {}) as object)).finish()),
  responseDeserialize: (bytes) => response.decode(bytes),
});

const attempt = <T>(decode: () => T): T | Malformed => {
  try {
    return decode();
  } catch (thrown) {
    const unsafe = /MAX_SAFE_INTEGER|MIN_SAFE_INTEGER/.test(String(thrown));
    return new Malformed(unsafe ? 'an integer is not within ±(2^53 - 1)' : 'the bytes are not such a message');
  }
};
