import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Contract } from '@fourfold/contracts/contract';
import { methodOf } from './method.ts';

/** The services that contracts state, by full name: what grpc-js and Nest load. */
export const packageDefinitionOf = (contracts: Contract[]): Record<string, ServiceDefinition> => {
  const services: Record<string, Record<string, MethodDefinition<any, any>>> = {};
  for (const operation of contracts.flatMap((contract) => Object.values(contract))) {
    if (operation.bindings.grpc === false || operation.kind === 'command') continue;
    (services[operation.service] ??= {})[operation.method] = methodOf(operation);
  }
  return services;
};

/**
 * The descriptors in the shape that @grpc/reflection reads them from: message types that carry their file. Of a descriptor
 * set of all services, the files of these alone, with what they import; and grpc.health.v1.
 */
export const reflectionOf = (descriptorSet: string, services: string[]): PackageDefinition => {
  const files = new Map(filesOf(descriptorSet).map((file) => [file.name, file]));
  const needed = new Set<string>();
  const need = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    files.get(name)?.imports.forEach(need);
  };
  for (const file of files.values()) if (file.services.some((service) => services.includes(service))) need(file.name);
  const fileDescriptorProtos = [...needed].map((name) => files.get(name)!.bytes);
  const type = { format: 'Protocol Buffer 3 DescriptorProto', type: {}, fileDescriptorProtos } as never;
  return { ...loadSync(healthProto), services: type };
};

interface DescribedFile {
  name: string;
  imports: string[];
  /** Full names. */
  services: string[];
  bytes: Buffer;
}

/** google.protobuf.FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
const filesOf = (descriptorSet: string): DescribedFile[] => {
  const reader = new BinaryReader(Buffer.from(descriptorSet, 'base64'));
  const files: DescribedFile[] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    files.push(readFile(Buffer.from(reader.bytes())));
  }
  return files;
};

/** google.protobuf.FileDescriptorProto: name = 1, package = 2, dependency = 3, service = 6 (its name = 1). */
const readFile = (bytes: Buffer): DescribedFile => {
  const text = (field: number) =>
    fields(bytes)
      .filter(([number]) => number === field)
      .map(([, value]) => String(value));
  const [scope = ''] = text(2);
  const named = fields(bytes).filter(([number]) => number === 6);
  const services = named.map(
    ([, service]) => `${scope}.${String(fields(service).find(([number]) => number === 1)?.[1])}`,
  );
  return { name: text(1)[0]!, imports: text(3), services, bytes };
};

/** The length-delimited fields of a message, by number. */
const fields = (bytes: Buffer): [number, Buffer][] => {
  const reader = new BinaryReader(bytes);
  const found: [number, Buffer][] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) found.push([tag >>> 3, Buffer.from(reader.bytes())]);
    else reader.skip(tag & 7);
  }
  return found;
};
