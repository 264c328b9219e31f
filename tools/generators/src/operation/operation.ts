import { checkCamel, type Forms, formsOf } from '../workspace/names.ts';
import type { Tree } from '@nx/devkit';
import { Source } from '../editing/source.ts';
import { appsOf } from '../workspace/apps.ts';
import { useCasesOf } from '../writing/use-cases.ts';
import {
  checkContract,
  fileOf,
  hasDatabase,
  openContract,
  openProto,
  type Service,
  serviceOf,
  type Transport,
  transportsOf,
} from '../workspace/services.ts';

export interface OperationOptions {
  service: string;
  name: string;
  transports?: string[];
  stream?: boolean;
  command?: boolean;
}

/** The operation to write. */
export interface Operation {
  service: Service;
  names: Forms;
  /** The operation's name without the resource: `close` of `closeTicket`. */
  action: Forms;
  transports: Transport[];
  stream: boolean;
  command: boolean;
  /** Whether it has an idempotency key and an inbox, which make it run once per message. */
  once: boolean;
  /** Its entry in the contract: the transports that reach it. */
  bindings: string;
  /** The method of the use case: `close`, or the full name if that is taken. */
  useCase: string;
  /** The service's resource, if the use cases can get it; otherwise a message of its own with the id; nothing for a command. */
  answer: 'resource' | 'own' | 'nothing';
}

/** Completes the options. Throws if they are invalid. */
export const operationOf = (tree: Tree, options: OperationOptions): Operation => {
  const { stream = false, command = false } = options;
  const service = serviceOf(tree, options.service);
  checkContract(tree, service);
  checkCamel(options.name, 'an operation');
  const transports = transportsOf(options.transports?.length ? options.transports : usualTransports(tree, options));
  checkCombination(options, transports);
  const names = formsOf(options.name);
  const asked = {
    service,
    names,
    action: actionOf(names, service.resource),
    transports,
    stream,
    command,
    once: command && hasDatabase(tree, service),
  };
  checkIsNew(tree, asked);
  return {
    ...asked,
    bindings: bindingsOf(tree, asked),
    answer: command ? 'nothing' : answerOf(tree, service),
    useCase: useCaseNameOf(tree, asked),
  };
};

type Asked = Omit<Operation, 'bindings' | 'answer' | 'useCase'>;

/** RabbitMQ for a command; otherwise HTTP, and gRPC if the service has it. */
function usualTransports(tree: Tree, { service, command }: OperationOptions): Transport[] {
  if (command) return ['rabbitmq'];
  return appsOf(tree).find(({ name }) => name === service)?.grpc ? ['http', 'grpc'] : ['http'];
}

function checkCombination({ name, stream, command }: OperationOptions, transports: Transport[]): void {
  if (stream && command) throw new Error(`${name} cannot be a stream and a command: nobody waits for a command`);
  if (command && transports.join() !== 'rabbitmq')
    throw new Error(`${name} is a command, which is reached by its queue only: --transports=rabbitmq`);
  const without = transports.filter((one) => one === 'rabbitmq' || one === 'kafka');
  if (stream && without.length)
    throw new Error(`${name} is a stream, which ${without.join(' and ')} cannot carry: --transports=http,grpc`);
}

/** Throws if something of its name exists. */
function checkIsNew(tree: Tree, { service, names }: Asked): void {
  const place = service.names.kebab;
  const contract = openContract(tree, service);
  if (contract.propertyOf(contract.argumentOf('contract', 1), names.camel))
    throw new Error(`${place} has an operation ${names.camel} already: ${contract.path}`);
  if (contract.exports(`${names.pascal}Dto`))
    throw new Error(`${contract.path} has a ${names.pascal}Dto already: choose another name`);
  const proto = openProto(tree, service);
  if (proto.declares(names.pascal))
    throw new Error(`${proto.path} has a message ${names.pascal}: name the operation with a verb`);
  if (proto.hasMethod(names.pascal)) throw new Error(`${proto.path} has a method ${names.pascal} already`);
  const message = [`${names.pascal}Request`, `${names.pascal}Response`].find((name) => proto.declares(name));
  if (message) throw new Error(`${proto.path} has a message ${message} already: choose another name`);
  if (new Source(tree, fileOf(service, 'controller')).hasMember(`${service.names.pascal}Controller`, names.camel))
    throw new Error(`${fileOf(service, 'controller')} has a method ${names.camel} already: choose another name`);
}

/** `closeTicket` -> `close`, `getTicket` -> `get`, `assignAgent` -> `assign-agent`. */
function actionOf({ kebab }: Forms, resource: Forms): Forms {
  return formsOf(kebab.endsWith(`-${resource.kebab}`) ? kebab.slice(0, -resource.kebab.length - 1) : kebab);
}

function bindingsOf(tree: Tree, operation: Asked): string {
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
function routeOf(tree: Tree, { service, action, names, stream }: Asked): string {
  const one = `/${service.names.kebab}/:${service.resource.camel}Id`;
  const route = stream
    ? `GET ${one}/${action.kebab === 'watch' ? 'events' : action.kebab}`
    : (({ get: `GET ${one}`, delete: `DELETE ${one}` } as Record<string, string>)[action.kebab] ??
      `POST ${one}/${action.kebab}`);
  const contract = openContract(tree, service);
  if (contract.textOf(contract.argumentOf('contract', 1)).replaceAll('"', "'").includes(`'${route}'`))
    throw new Error(
      `${service.names.kebab} has the route ${route} already: ${names.camel} needs another name, or transports without http`,
    );
  return route;
}

/** The resource, if the use cases can get it by its id. */
function answerOf(tree: Tree, service: Service): 'resource' | 'own' {
  const path = fileOf(service, 'service');
  if (!tree.exists(path) || !openProto(tree, service).declares(service.resource.pascal)) return 'own';
  const returned = new Source(tree, path).returnTypeOf(useCasesOf(service), 'get');
  return returned === `Promise<${service.resource.pascal}>` ? 'resource' : 'own';
}

function useCaseNameOf(tree: Tree, { service, action, names }: Asked): string {
  const path = fileOf(service, 'service');
  if (!tree.exists(path)) return action.camel;
  const source = new Source(tree, path);
  const free = [action.camel, names.camel].find((name) => !source.hasMember(useCasesOf(service), name));
  if (!free) throw new Error(`${path} has a method ${names.camel} already: choose another name`);
  return free;
}
