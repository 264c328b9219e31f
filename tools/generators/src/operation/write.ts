import { join } from 'node:path';
import type { Tree } from '@nx/devkit';
import { newFiles } from '../writing/files.ts';
import { Source } from '../editing/source.ts';
import { addEffect, injectUseCases, openUseCases, useCasesOf } from '../writing/use-cases.ts';
import {
  answersOverGrpc,
  contractOf,
  fileOf,
  genOf,
  openContract,
  openProto,
  scopeOf,
  type Service,
} from '../workspace/services.ts';
import type { Operation } from './operation.ts';

const responseOf = ({ answer, names, service }: Operation): string =>
  ({ resource: service.resource.pascal, own: `${names.pascal}Response`, nothing: 'google.protobuf.Empty' })[answer];

export function writeProto(tree: Tree, operation: Operation): void {
  const { service, names, stream, command, answer } = operation;
  const id = `  string ${service.resource.snake}_id = 1;\n`;
  const proto = openProto(tree, service);
  const comment = command ? '  // A command: one worker handles it, and nobody waits for a reply.\n' : '';
  proto.addMethod(
    `${service.names.pascal}Service`,
    `${comment}  rpc ${names.pascal}(${names.pascal}Request) returns (${stream ? 'stream ' : ''}${responseOf(operation)});`,
  );
  proto.append(`message ${names.pascal}Request {\n${id}}`);
  if (answer === 'own') proto.append(`message ${names.pascal}Response {\n${id}}`);
  if (answer === 'nothing') proto.import('google/protobuf/empty.proto');
  proto.save();
}

export function writeContract(tree: Tree, { service, names, bindings }: Operation): void {
  const contract = openContract(tree, service);
  contract
    .import('Id', './define/fields.ts')
    .insertBefore(
      contractOf(service),
      `export class ${names.pascal}Dto {\n  @Id() ${service.resource.camel}Id = '';\n}`,
    )
    .addProperty(contract.argumentOf('contract', 1), `${names.camel}: ${bindings}`)
    .save();
}

export function writeUseCase(tree: Tree, operation: Operation): void {
  const { service, stream, answer } = operation;
  const source = openUseCases(tree, service);
  const id = `${service.resource.camel}Id`;
  const name = operation.useCase;
  if (answer === 'nothing') {
    const says = `${operation.names.camel} \${${id}}`;
    addEffect(tree, service, source, {
      name,
      about: `What ${operation.names.camel} does`,
      parameter: id,
      parameterType: 'string',
      says,
    });
    source.save();
    return;
  }
  const type = responseOf(operation);
  source.import(`type ${type}`, `${scopeOf(tree)}/contracts/${genOf(service)}`);
  const value = answer === 'resource' ? `this.get(${id})` : `{ ${id} }`;
  const about = `The rule of ${operation.names.camel} goes here. So far it returns the ${answer === 'resource' ? service.resource.kebab.replaceAll('-', ' ') : 'id'}`;
  if (stream) source.import(answer === 'resource' ? 'from' : 'of', 'rxjs').import('type Observable', 'rxjs');
  const returned = stream ? `Observable<${type}>` : `Promise<${type}>`;
  const expression = stream ? `${answer === 'resource' ? 'from' : 'of'}(${value})` : value;
  const isAsync = !stream && answer === 'own' ? 'async ' : '';
  source
    .addMember(
      useCasesOf(service),
      `  /** ${about}${stream ? ', once' : ''}. */\n  ${isAsync}${name}(${id}: string): ${returned} {\n    return ${expression};\n  }`,
    )
    .save();
}

export function writeController(tree: Tree, operation: Operation): void {
  const { service, names, stream, answer, once, bindings } = operation;
  const scope = scopeOf(tree);
  const isPost = bindings.includes(`http: 'POST `); // the default of Nest is 201, but nothing is created (RFC 9110, 15.3.2)
  const className = `${service.names.pascal}Controller`;
  const id = `${service.resource.camel}Id`;
  const source = new Source(tree, fileOf(service, 'controller'));
  const useCases = injectUseCases(source, className, service);
  source
    .import(`${names.pascal}Dto`, `${scope}/contracts/${service.names.kebab}`)
    .import('Input', `${scope}/transport/input`);
  if (answer !== 'nothing')
    source.import(`type ${responseOf(operation)}`, `${scopeOf(tree)}/contracts/${genOf(service)}`);
  if (stream) source.import('type Observable', 'rxjs');
  if (once) source.import('IdempotencyKey', `${scope}/transport/idempotency-key`);
  if (isPost) source.import('HttpCode', '@nestjs/common');
  const type = answer === 'nothing' ? 'void' : responseOf(operation);
  source
    .addMember(
      className,
      `${isPost ? '  @HttpCode(200)\n' : ''}  ${names.camel}(@Input() { ${id} }: ${names.pascal}Dto${once ? ', @IdempotencyKey() idempotencyKey: IdempotencyKey' : ''}): ${stream ? 'Observable' : 'Promise'}<${type}> {
    return this.${useCases}.${operation.useCase}(${id}${once ? ', idempotencyKey' : ''});
  }`,
    )
    .save();
}

export function writeSpec(tree: Tree, operation: Operation): void {
  const { service, names, transports, answer, command } = operation;
  const client = command ? undefined : (['grpc', 'http'] as const).find((one) => transports.includes(one));
  newFiles(tree, join(import.meta.dirname, 'files'), `${service.root}/src`, {
    ...operation,
    scope: scopeOf(tree),
    file: names.kebab,
    service: service.names,
    resource: service.resource,
    client,
    over: client === 'http' ? 'overHttp' : 'overGrpc',
    creates: client && answer === 'resource' && canCreate(tree, service, client),
    template: '',
  });
}

/** Whether the spec can create a resource with only a name, over its transport. */
function canCreate(tree: Tree, service: Service, client: 'grpc' | 'http'): boolean {
  const contract = openContract(tree, service);
  const create = `create${service.resource.pascal}`;
  const dto = `Create${service.resource.pascal}Dto`;
  const bindings = contract.propertyOf(contract.argumentOf('contract', 1), create);
  if (!bindings || !contract.exports(dto) || contract.fieldsOf(dto).join() !== 'name') return false;
  const text = contract.textOf(bindings);
  return client === 'grpc' ? answersOverGrpc(text) : /http:/.test(text);
}
