import { generateFiles, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { finish } from '../finish.ts';
import { checkCamel, type Forms, formsOf } from '../names.ts';
import { Source } from '../source.ts';
import { appsOf } from '../system.ts';
import { addEffect, injectUseCases, openUseCases, useCasesOf } from '../use-cases.ts';
import { addTransports } from '../wiring.ts';
import {
  checkContract,
  contractOf,
  fileOf,
  hasDatabase,
  openContract,
  openProto,
  scopeOf,
  type Service,
  serviceOf,
  type Transport,
  transportsOf,
} from '../workspace.ts';

export interface OperationOptions {
  service: string;
  name: string;
  transports?: string[];
  stream?: boolean;
  command?: boolean;
}

/** `nx g operation tickets closeTicket`: its method in proto and contract, its handler, and the spec of that. */
export default async function operationGenerator(tree: Tree, options: OperationOptions): Promise<() => Promise<void>> {
  const { stream = false, command = false } = options;
  const service = serviceOf(tree, options.service);
  checkContract(tree, service);
  checkCamel(options.name, 'an operation');
  const transports = transportsOf(options.transports?.length ? options.transports : usualTransports(tree, options));
  checkCombination(options, transports);
  const operation: Operation = {
    ...{ service, transports, stream, command },
    names: formsOf(options.name),
    action: actionOf(formsOf(options.name), service.resource),
    bindings: '',
    answer: command ? 'nothing' : answerOf(tree, service),
    useCase: '',
  };
  checkIsNew(tree, operation);
  operation.bindings = bindingsOf(tree, operation);
  operation.useCase = useCaseNameOf(tree, operation);

  writeProto(tree, operation);
  writeContract(tree, operation);
  writeUseCase(tree, operation);
  writeController(tree, operation);
  writeSpec(tree, operation);
  addTransports(tree, service, transports);
  return finish(tree, {
    generate: true,
    next: [
      [`npx nx test ${options.service}`, `its spec is ${operation.names.kebab}.spec.ts`],
      [`${fileOf(service, 'service')}`, `its rule: ${operation.useCase}()`],
    ],
  });
}

interface Operation {
  service: Service;
  names: Forms;
  /** The operation's name without the resource: `close` of `closeTicket`. */
  action: Forms;
  transports: Transport[];
  stream: boolean;
  command: boolean;
  /** Where it is reached, as the contract says it. */
  bindings: string;
  /** The method that does it: `close`, or in full where there is such a method. */
  useCase: string;
  /** The service's resource, where it can be got; a message of its own, which has its id; or nothing. */
  answer: 'resource' | 'own' | 'nothing';
}

/** A command is on its queue; else it is reached over HTTP, and over gRPC where the service has that. */
function usualTransports(tree: Tree, { service, command }: OperationOptions): Transport[] {
  if (command) return ['rabbitmq'];
  return appsOf(tree).find(({ name }) => name === service)?.grpc ? ['http', 'grpc'] : ['http'];
}

function checkCombination({ name, stream, command }: OperationOptions, transports: Transport[]): void {
  if (stream && command) throw new Error(`${name} cannot be a stream and a command: nobody waits for a command`);
  if (command && transports.join() !== 'rabbitmq')
    throw new Error(`${name} is a command, which is on its queue alone: --transports=rabbitmq`);
  const without = transports.filter((one) => one === 'rabbitmq' || one === 'kafka');
  if (stream && without.length)
    throw new Error(`${name} is a stream, and ${without.join(' and ')} carry none: --transports=http,grpc`);
}

/** Refuses what is there already, before anything is written. */
function checkIsNew(tree: Tree, { service, names }: Operation): void {
  const place = service.names.kebab;
  const contract = openContract(tree, service);
  if (contract.propertyOf(contract.argumentOf('contract', 1), names.camel))
    throw new Error(`${place} has an operation ${names.camel} already: ${contract.path}`);
  for (const taken of [`${names.pascal}Dto`].filter((name) => contract.exports(name)))
    throw new Error(`${contract.path} has a ${taken} already: take another name`);
  const proto = openProto(tree, service);
  if (proto.hasMethod(names.pascal)) throw new Error(`${proto.path} has a method ${names.pascal} already`);
  for (const message of [`${names.pascal}Request`, `${names.pascal}Response`].filter((name) => proto.hasMessage(name)))
    throw new Error(`${proto.path} has a message ${message} already: take another name`);
  if (new Source(tree, fileOf(service, 'controller')).hasMember(`${service.names.pascal}Controller`, names.camel))
    throw new Error(`${fileOf(service, 'controller')} has a method ${names.camel} already: take another name`);
}

/** `closeTicket` -> `close`, `getTicket` -> `get`, `assignAgent` -> `assign-agent`. */
function actionOf({ kebab }: Forms, resource: Forms): Forms {
  return formsOf(kebab.endsWith(`-${resource.kebab}`) ? kebab.slice(0, -resource.kebab.length - 1) : kebab);
}

function bindingsOf(tree: Tree, operation: Operation): string {
  const { service, names, transports, command } = operation;
  const parts = [`input: ${names.pascal}Dto`];
  if (!command && !transports.includes('grpc')) parts.push('grpc: false');
  if (transports.includes('http')) parts.push(`http: '${routeOf(tree, operation)}'`);
  if (transports.includes('rabbitmq'))
    parts.push(`rabbitmq: { queue: '${service.names.kebab}.${names.kebab}'${command ? `, mode: 'command'` : ''} }`);
  if (transports.includes('kafka')) parts.push(`kafka: { topic: '${service.protoPackage}.in' }`);
  return `{ ${parts.join(', ')} }`;
}

/** Custom methods are sub-resources: `POST /tickets/:ticketId/close`. */
function routeOf(tree: Tree, { service, action, names, stream }: Operation): string {
  const one = `/${service.names.kebab}/:${service.resource.camel}Id`;
  const route = stream
    ? `GET ${one}/${action.kebab === 'watch' ? 'events' : action.kebab}`
    : (({ get: `GET ${one}`, delete: `DELETE ${one}` } as Record<string, string>)[action.kebab] ??
      `POST ${one}/${action.kebab}`);
  const contract = openContract(tree, service);
  if (contract.textOf(contract.argumentOf('contract', 1)).includes(`'${route}'`))
    throw new Error(
      `${service.names.kebab} has the route ${route} already: ${names.camel} needs another name, or no http`,
    );
  return route;
}

/** The resource where the use cases can get it by its id. */
function answerOf(tree: Tree, service: Service): 'resource' | 'own' {
  const path = fileOf(service, 'service');
  if (!tree.exists(path) || !openProto(tree, service).hasMessage(service.resource.pascal)) return 'own';
  const returned = new Source(tree, path).returnTypeOf(useCasesOf(service), 'get');
  return returned === `Promise<${service.resource.pascal}>` ? 'resource' : 'own';
}

const responseOf = ({ answer, names, service }: Operation): string =>
  ({ resource: service.resource.pascal, own: `${names.pascal}Response`, nothing: 'google.protobuf.Empty' })[answer];

function writeProto(tree: Tree, operation: Operation): void {
  const { service, names, stream, command, answer } = operation;
  const id = `  string ${service.resource.snake}_id = 1;\n`;
  const proto = openProto(tree, service);
  const comment = command ? '  // A command: one worker does it, and nobody waits for it.\n' : '';
  proto.addMethod(
    `${comment}  rpc ${names.pascal}(${names.pascal}Request) returns (${stream ? 'stream ' : ''}${responseOf(operation)});`,
  );
  proto.addMessage(`message ${names.pascal}Request {\n${id}}`);
  if (answer === 'own') proto.addMessage(`message ${names.pascal}Response {\n${id}}`);
  if (answer === 'nothing') proto.import('google/protobuf/empty.proto');
  proto.save();
}

function writeContract(tree: Tree, { service, names, bindings }: Operation): void {
  const contract = openContract(tree, service);
  contract
    .import('Id', './fields.ts')
    .insertBefore(
      contractOf(service),
      `export class ${names.pascal}Dto {\n  @Id() ${service.resource.camel}Id = '';\n}`,
    )
    .addProperty(contract.argumentOf('contract', 1), `${names.camel}: ${bindings}`)
    .save();
}

function writeUseCase(tree: Tree, operation: Operation): void {
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
  source.import(`type ${type}`, genOf(tree, service));
  const value = answer === 'resource' ? `this.get(${id})` : `{ ${id} }`;
  const about = `The rule of ${operation.names.camel} goes here: it answers ${answer === 'resource' ? 'what there is' : 'with the id'}`;
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

function useCaseNameOf(tree: Tree, { service, action, names }: Operation): string {
  const path = fileOf(service, 'service');
  if (!tree.exists(path)) return action.camel;
  const source = new Source(tree, path);
  const free = [action.camel, names.camel].find((name) => !source.hasMember(useCasesOf(service), name));
  if (!free) throw new Error(`${path} has a method ${names.camel} already: take another name`);
  return free;
}

function writeController(tree: Tree, operation: Operation): void {
  const { service, names, stream, answer, command } = operation;
  const scope = scopeOf(tree);
  const className = `${service.names.pascal}Controller`;
  const id = `${service.resource.camel}Id`;
  const source = new Source(tree, fileOf(service, 'controller'));
  const useCases = injectUseCases(source, className, service);
  source
    .import(`${names.pascal}Dto`, `${scope}/contracts/${service.names.kebab}`)
    .import('Input', `${scope}/transport/input`);
  if (answer !== 'nothing') source.import(`type ${responseOf(operation)}`, genOf(tree, service));
  if (stream) source.import('type Observable', 'rxjs');
  const once = command && hasDatabase(tree, service);
  if (once) source.import('IdempotencyKey', `${scope}/transport/idempotency-key`);
  const type = answer === 'nothing' ? 'void' : responseOf(operation);
  source
    .addMember(
      className,
      `  ${names.camel}(@Input() { ${id} }: ${names.pascal}Dto${once ? ', @IdempotencyKey() messageId: string' : ''}): ${stream ? 'Observable' : 'Promise'}<${type}> {
    return this.${useCases}.${operation.useCase}(${id}${once ? ', messageId' : ''});
  }`,
    )
    .save();
}

function writeSpec(tree: Tree, operation: Operation): void {
  const { service, names, transports, answer, command } = operation;
  const client = command ? undefined : (['grpc', 'http'] as const).find((one) => transports.includes(one));
  generateFiles(tree, join(import.meta.dirname, 'files'), `${service.root}/src`, {
    ...operation,
    scope: scopeOf(tree),
    file: names.kebab,
    service: service.names,
    resource: service.resource,
    client,
    over: client === 'http' ? 'overHttp' : 'overGrpc',
    once: command && hasDatabase(tree, service),
    creates: client && answer === 'resource' && canCreate(tree, service, client),
    template: '',
  });
}

/** Whether the spec can make a resource by its name alone, over the transport that it speaks. */
function canCreate(tree: Tree, service: Service, client: 'grpc' | 'http'): boolean {
  const contract = openContract(tree, service);
  const create = `create${service.resource.pascal}`;
  const dto = `Create${service.resource.pascal}Dto`;
  const bindings = contract.propertyOf(contract.argumentOf('contract', 1), create);
  if (!bindings || !contract.exports(dto) || contract.fieldsOf(dto).join() !== 'name') return false;
  const text = contract.textOf(bindings);
  return client === 'grpc' ? !/grpc:\s*false/.test(text) : /http:/.test(text);
}

const genOf = (tree: Tree, { protoFolder, names }: Service): string =>
  `${scopeOf(tree)}/contracts/gen/${protoFolder.replace(/^proto\//, '')}/${names.snake}`;
