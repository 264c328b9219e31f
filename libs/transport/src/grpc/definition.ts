import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Contract } from '@fourfold/contracts/contract';
import { methodOf } from './method.ts';

/** The services that contracts state, by full name: what grpc-js and Nest load. */
export const packageDefinitionOf = (contracts: Contract[]): Record<string, ServiceDefinition> => {
  const services: Record<string, Record<string, MethodDefinition<any, any>>> = {};
  for (const operation of contracts.flatMap((contract) => Object.values(contract))) {
    if (operation.bindings.grpc === false || operation.bindings.rabbitmq?.mode === 'command') continue;
    const [service, method] = operation.name.split('/') as [string, string];
    (services[service] ??= {})[method] = methodOf(operation);
  }
  return services;
};

/** The descriptors in the shape that @grpc/reflection reads them from: message types that carry their file. */
export const reflectionOf = (descriptorSet: string): PackageDefinition => {
  const reader = new BinaryReader(Buffer.from(descriptorSet, 'base64'));
  const fileDescriptorProtos: Buffer[] = [];
  while (reader.pos < reader.len) {
    reader.uint32(); // FileDescriptorSet has one field: repeated FileDescriptorProto file = 1
    fileDescriptorProtos.push(Buffer.from(reader.bytes()));
  }
  return { all: { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos } as never };
};
