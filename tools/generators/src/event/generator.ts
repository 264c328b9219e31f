import type { Tree } from '@nx/devkit';
import { join } from 'node:path';
import { finish } from '../writing/finish.ts';
import { newFiles } from '../writing/files.ts';
import { checkCamel, type Forms, formsOf } from '../workspace/names.ts';
import { Proto } from '../editing/proto.ts';
import { Source } from '../editing/source.ts';
import { eventsOf } from '../workspace/events.ts';
import { addNeed } from '../workspace/apps.ts';
import { openModule, openUseCases, useCasesOf } from '../writing/use-cases.ts';
import {
  checkContract,
  fileOf,
  genOf,
  hasDatabase,
  openContract,
  openProto,
  scopeOf,
  type Service,
  serviceOf,
} from '../workspace/services.ts';

export interface EventOptions {
  service: string;
  name: string;
}

/** `nx g event tickets ticketClosed`: its message in proto and contract, and the method that publishes it. */
export default async function eventGenerator(tree: Tree, options: EventOptions): Promise<() => Promise<void>> {
  const service = serviceOf(tree, options.service);
  checkContract(tree, service);
  checkCamel(options.name, 'an event');
  const names = formsOf(options.name);
  check(tree, service, names);
  const announce = `announce${names.pascal}`;

  writeProto(tree, service, names);
  writeContract(tree, service, names);
  writeUseCase(tree, service, names, announce);
  newFiles(tree, join(import.meta.dirname, 'files'), `${service.root}/src`, {
    ...{ scope: scopeOf(tree), names, announce, file: names.kebab, service: service.names, resource: service.resource },
    type: typeOf(service, names),
    topic: service.protoPackage,
    useCases: useCasesOf(service),
    template: '',
  });
  const module = openModule(tree, service);
  module.addToProperty(() => module.argumentOf('MessagingModule.forRoot'), 'publishes', `'event'`).save();
  addNeed(tree, options.service, 'kafka');
  return finish(tree, {
    next: [
      [
        `this.${announce}(transaction, { ${service.resource.camel}Id })`,
        `where it happens, in ${fileOf(service, 'service')}`,
      ],
      [`npx nx g subscriber <service> ${names.camel}`, 'a service that reacts to it'],
    ],
  });
}

function check(tree: Tree, service: Service, names: Forms): void {
  const place = service.names.kebab;
  if (!hasDatabase(tree, service))
    throw new Error(
      `${place} has no database. An event is published through the outbox, in the transaction of its change: nx g service <name> --database`,
    );
  const contract = openContract(tree, service);
  if (contract.exports(names.camel)) throw new Error(`${place} has ${names.camel} already: ${contract.path}`);
  const elsewhere = eventsOf(tree).find(({ name }) => name === names.camel);
  if (elsewhere)
    throw new Error(`libs/contracts/src/${elsewhere.contract}.ts has an event ${names.camel}: choose another name`);
  const path = fileOf(service, 'service');
  for (const source of [contract, ...(tree.exists(path) ? [new Source(tree, path)] : [])])
    for (const name of [names.camel, names.pascal, `${names.pascal}Dto`])
      if (source.declares(name)) throw new Error(`${source.path} has a ${name} already: choose another name`);
  const events = eventsFileOf(service);
  for (const proto of [openProto(tree, service), ...(tree.exists(events) ? [new Proto(tree, events)] : [])])
    if (proto.declares(names.pascal)) throw new Error(`${proto.path} has a message ${names.pascal} already`);
}

const eventsFileOf = ({ protoFolder }: Service): string => `${protoFolder}/events.proto`;
const typeOf = ({ protoPackage }: Service, { pascal }: Forms): string => `${protoPackage}.${pascal}`;

function writeProto(tree: Tree, service: Service, names: Forms): void {
  const path = eventsFileOf(service);
  if (!tree.exists(path)) tree.write(path, `syntax = "proto3";\n\npackage ${service.protoPackage};\n`);
  new Proto(tree, path).append(`message ${names.pascal} {\n  string ${service.resource.snake}_id = 1;\n}`).save();
}

function writeContract(tree: Tree, service: Service, names: Forms): void {
  const id = `${service.resource.camel}Id`;
  openContract(tree, service)
    .import('event', './define/event.ts')
    .import('Id', './define/fields.ts')
    .import(names.pascal, `./${genOf(service, 'events')}.ts`)
    .append(
      `export class ${names.pascal}Dto {
  @Id() ${id} = '';
}

export const ${names.camel} = event('${typeOf(service, names)}', ${names.pascal}, {
  input: ${names.pascal}Dto,
  topic: '${service.protoPackage}',
  key: '${id}',
});`,
    )
    .save();
}

function writeUseCase(tree: Tree, service: Service, names: Forms, announce: string): void {
  const scope = scopeOf(tree);
  const className = useCasesOf(service);
  const source = openUseCases(tree, service);
  source
    .import(`type ${names.pascal}`, `${scope}/contracts/${genOf(service, 'events')}`)
    .import(names.camel, `${scope}/contracts/${service.names.kebab}`)
    .import('Outbox', `${scope}/messaging/outbox`)
    .import('type Transaction', `${scope}/service/database`)
    .inject(className, 'outbox', 'Outbox<Transaction>')
    .addMember(
      className,
      `  /** Published once the transaction commits. */
  ${announce}(transaction: Transaction, event: ${names.pascal}): Promise<void> {
    return this.outbox.add(transaction, ${names.camel}, event);
  }`,
    )
    .save();
}
