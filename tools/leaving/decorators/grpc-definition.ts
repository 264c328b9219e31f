import type { MethodDefinition } from '@grpc/grpc-js';
import type { Codec, Method } from '@fourfold/contracts/contract';

interface Service {
  fullName: string;
  methods: Record<string, Method<any, any, boolean>>;
}

/** Nest's gRPC options of a generated service. If Nest loaded the .proto itself, timestamps would not be Dates. */
export const grpcDefinition = ({ fullName, methods }: Service) => ({
  package: fullName.slice(0, fullName.lastIndexOf('.')),
  packageDefinition: {
    [fullName]: Object.fromEntries(
      Object.entries(methods).map(([key, method]) => [method.name, methodOf(fullName, key, method)]),
    ),
  } as never,
  protoLoader: '@grpc/grpc-js', // satisfies Nest's check for a loader; none is used
});

const methodOf = (
  service: string,
  originalName: string,
  { name, requestType, responseType, responseStream }: Method<any, any, boolean>,
): MethodDefinition<any, any> => ({
  path: `/${service}/${name}`,
  originalName,
  requestStream: false,
  responseStream,
  requestSerialize: serialize(requestType),
  requestDeserialize: (bytes) => requestType.decode(bytes),
  responseSerialize: serialize(responseType),
  responseDeserialize: (bytes) => responseType.decode(bytes),
});

const serialize = (codec: Codec<any>) => (message: object) =>
  Buffer.from(codec.encode(codec.fromPartial(message)).finish());
