import type { Tree } from '@nx/devkit';
import { join } from 'node:path';
import { grpcVariable } from '@fourfold/system/system';
import { finish } from '../writing/finish.ts';
import { newFiles } from '../writing/files.ts';
import { formsOf } from '../workspace/names.ts';
import { Source } from '../editing/source.ts';
import { addCall, appsOf } from '../workspace/apps.ts';
import { openModule } from '../writing/use-cases.ts';
import {
  answersOverGrpc,
  checkContract,
  fileOf,
  openContract,
  openProto,
  scopeOf,
  type Service,
  serviceOf,
} from '../workspace/services.ts';

export interface ClientOptions {
  service: string;
  target: string;
}

/** `nx g client reports tickets`: a client of tickets in reports, over gRPC. */
export default async function clientGenerator(tree: Tree, options: ClientOptions): Promise<() => Promise<void>> {
  const service = serviceOf(tree, options.service);
  const target = serviceOf(tree, options.target);
  checkContract(tree, target);
  check(tree, service, target);
  const call = callOf(tree, target);
  const variable = grpcVariable(options.target);

  newFiles(tree, join(import.meta.dirname, 'files'), `${service.root}/src`, {
    ...{ scope: scopeOf(tree), target: target.names, service: service.names, file: target.names.kebab, template: '' },
    call,
  });
  writeConfig(tree, service, target, variable);
  writeModule(tree, service, target, variable);
  addCall(tree, options.service, options.target);
  return finish(tree, {
    next: [
      [
        `constructor(private readonly ${target.names.camel}: ${target.names.pascal}Client)`,
        `in each class of ${options.service} that calls it`,
      ],
      [`npx nx test ${options.service}`, `its spec is ${target.names.kebab}.client.spec.ts`],
    ],
  });
}

function check(tree: Tree, service: Service, target: Service): void {
  const [from, to] = [service.names.kebab, target.names.kebab];
  if (from === to) throw new Error(`${from} needs no client of itself`);
  const path = `${service.root}/src/${to}.client.ts`;
  if (tree.exists(path)) throw new Error(`${from} has a client of ${to} already: ${path}`);
  if (!appsOf(tree).find(({ name }) => name === to)?.grpc)
    throw new Error(`${to} has no gRPC port in tools/system/src/system.ts, and clients call over gRPC`);
}

/** Any operation that replies over gRPC, for the spec. */
function callOf(tree: Tree, target: Service): { operation: string; dto: string; stream: boolean } {
  const contract = openContract(tree, target);
  const proto = openProto(tree, target);
  for (const [operation, bindings] of contract.objectsIn(contract.argumentOf('contract', 1))) {
    const dto = contract.propertyOf(bindings, 'input');
    if (dto && answersOverGrpc(contract.textOf(bindings)))
      return { operation, dto: contract.textOf(dto), stream: proto.isStream(formsOf(operation).pascal) };
  }
  throw new Error(
    `${target.names.kebab} has no operation over gRPC: add one with nx g operation ${target.names.kebab} <name>`,
  );
}

function writeConfig(tree: Tree, service: Service, target: Service, variable: string): void {
  const path = fileOf(service, 'config');
  const className = configOf(service);
  const name = service.names.kebab;
  if (!tree.exists(path))
    tree.write(
      path,
      `/** The environment variables of ${name}, besides those of every service. */\nexport class ${className} {}\n`,
    );
  new Source(tree, path)
    .import('IsGrpcTarget', `${scopeOf(tree)}/service/config`)
    .addMember(
      className,
      `  /** Where ${target.names.kebab} serves gRPC: \`127.0.0.1:50051\`. */\n  @IsGrpcTarget() ${variable} = '';`,
    )
    .save();
}

function writeModule(tree: Tree, service: Service, target: Service, variable: string): void {
  const scope = scopeOf(tree);
  const [config, client] = [configOf(service), `${target.names.pascal}Client`];
  const module = openModule(tree, service);
  module
    .import('provideConfig', `${scope}/service/config`)
    .import('provideClient', `${scope}/transport/client`)
    .import('grpcClient', `${scope}/transport/grpc`)
    .import(config, `./${service.names.kebab}.config.ts`)
    .import(client, `./${target.names.kebab}.client.ts`)
    .addToProperty(() => module.argumentOf('Module'), 'providers', `provideConfig(${config})`)
    .addToProperty(
      () => module.argumentOf('Module'),
      'providers',
      `provideClient(${client}, ({ ${variable} }: ${config}) => grpcClient(${variable}), [${config}])`,
    )
    .save();
}

const configOf = ({ names }: Service): string => `${names.pascal}Config`;
