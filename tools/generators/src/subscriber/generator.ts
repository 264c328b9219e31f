import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { join } from 'node:path';
import { finish } from '../writing/finish.ts';
import { newFiles } from '../writing/files.ts';
import { formsOf } from '../workspace/names.ts';
import { Source } from '../editing/source.ts';
import { addEffect, injectUseCases, openModule, openUseCases, useCasesOf } from '../writing/use-cases.ts';
import { addTransports } from '../writing/wiring.ts';
import { fileOf, hasDatabase, scopeOf, type Service, serviceOf } from '../workspace/services.ts';
import { type DeclaredEvent, eventsOf } from '../workspace/events.ts';

export interface SubscriberOptions {
  service: string;
  event: string;
}

/** `nx g subscriber reports ticketClosed`: a handler for the event. */
export default async function subscriberGenerator(
  tree: Tree,
  options: SubscriberOptions,
): Promise<() => Promise<void>> {
  const service = serviceOf(tree, options.service);
  const event = eventOf(tree, options.event);
  const names = formsOf(event.name);
  const useCase = `on${names.pascal}`;
  checkIsNew(tree, service, event, useCase);

  const source = openUseCases(tree, service);
  source.import(`type ${event.dto}`, `${scopeOf(tree)}/contracts/${event.contract}`);
  addEffect(tree, service, source, {
    name: useCase,
    about: `What is done about ${event.name}`,
    parameter: `{ ${event.key} }`,
    parameterType: event.dto,
    says: `${event.name} \${${event.key}}`,
  });
  source.save();
  writeSubscriber(tree, service, event, useCase);
  newFiles(tree, join(import.meta.dirname, 'files'), `${service.root}/src`, {
    ...{ scope: scopeOf(tree), event, service: service.names, file: `on-${names.kebab}` },
    once: hasDatabase(tree, service),
    template: '',
  });
  addTransports(tree, service, ['kafka']);
  return finish(tree, {
    next: [
      [`npx nx test ${options.service}`, `its spec is on-${names.kebab}.spec.ts`],
      [fileOf(service, 'service'), `what it does: ${useCase}()`],
    ],
  });
}

function eventOf(tree: Tree, name: string): DeclaredEvent {
  const events = eventsOf(tree);
  const found = events.find((one) => one.name === name);
  if (found) return found;
  const known = events.map((one) => one.name).join(', ');
  throw new Error(
    `There is no event ${name}: ${known ? `there are ${known}` : 'add one with nx g event <service> <name>'}`,
  );
}

/** One handler per service and event: a second one would get no messages. */
function checkIsNew(tree: Tree, service: Service, { name }: DeclaredEvent, useCase: string): void {
  const place = service.names.kebab;
  visitNotIgnoredFiles(tree, `${service.root}/src`, (path) => {
    if (path.endsWith('.ts') && new RegExp(`@On\\(\\s*${name}\\s*\\)`).test(tree.read(path, 'utf8')!))
      throw new Error(`${place} has a handler for ${name} already: ${path}`);
  });
  const path = fileOf(service, 'service');
  if (tree.exists(path) && new Source(tree, path).hasMember(useCasesOf(service), useCase))
    throw new Error(`${path} has a method ${useCase} already`);
}

function writeSubscriber(tree: Tree, service: Service, { name, dto, contract }: DeclaredEvent, useCase: string): void {
  const { names } = service;
  const scope = scopeOf(tree);
  const path = fileOf(service, 'subscriber');
  const className = `${names.pascal}Subscriber`;
  if (!tree.exists(path)) {
    tree.write(
      path,
      `import { Controller } from '@nestjs/common';\n\n/** The events that ${names.kebab} listens to. */\n@Controller()\nexport class ${className} {}\n`,
    );
    const module = openModule(tree, service);
    module
      .import(className, `./${names.kebab}.subscriber.ts`)
      .addToProperty(() => module.argumentOf('Module'), 'controllers', className)
      .save();
  }
  const once = hasDatabase(tree, service);
  const source = new Source(tree, path);
  const useCases = injectUseCases(source, className, service);
  source.import(name, `${scope}/contracts/${contract}`).import(dto, `${scope}/contracts/${contract}`);
  if (once) source.import('IdempotencyKey', `${scope}/transport/idempotency-key`);
  source
    .import('Input', `${scope}/transport/input`)
    .import('On', `${scope}/transport/on`)
    .addMember(
      className,
      `  @On(${name})
  ${name}(@Input() event: ${dto}${once ? ', @IdempotencyKey() idempotencyKey: IdempotencyKey' : ''}): Promise<void> {
    return this.${useCases}.${useCase}(event${once ? ', idempotencyKey' : ''});
  }`,
    )
    .save();
}
