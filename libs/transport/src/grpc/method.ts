import type { MethodDefinition } from '@grpc/grpc-js';
import type { Codec, Operation } from '@fourfold/contracts/contract';
import { Malformed, markDecoded, replyBytes, unsafeInteger } from '../pipeline/json.ts';
import { unsafeIntegerOf } from './unsafe-integer.ts';

/** grpc-js's definition of an operation, by the generated codecs: no .proto is loaded at run time. */
export const methodOf = <I, O>({ name, method, kind, request, response }: Operation<I, O>): MethodDefinition<I, O> => ({
  path: `/${name}`,
  originalName: method.replace(/^./, (first) => first.toLowerCase()),
  requestStream: false,
  responseStream: kind === 'stream',
  requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
  // bytes that do not decode go on as Malformed, so that they are refused as INVALID_ARGUMENT like bad input elsewhere
  requestDeserialize: (bytes) => read(request, bytes) as I,
  // the server has encoded it already, at a place where a failure still becomes an error of ours
  responseSerialize: (message) => (Buffer.isBuffer(message) ? message : replyBytes(response, message)),
  responseDeserialize: (bytes) => response.decode(bytes),
});

const read = <T>(codec: Codec<T>, bytes: Uint8Array): T | Malformed => {
  try {
    return markDecoded(codec.decode(bytes) as object) as T;
  } catch (thrown) {
    if (!/(MAX|MIN)_SAFE_INTEGER/.test(String(thrown))) return Malformed.because('the bytes are not such a message');
    return new Malformed(unsafeInteger(unsafeIntegerOf(codec, bytes) ?? ''));
  }
};
