import type { Tree } from '@nx/devkit';
import { Source } from '../editing/source.ts';
import { fileOf, hasDatabase, scopeOf, type Service } from '../workspace/services.ts';

/** The name of the class with the use cases of a service: `OrdersService`. */
export const useCasesOf = ({ names }: Service): string => `${names.pascal}Service`;

/** Opens that class. Creates it, and provides it in the module, if the service has none. */
export const openUseCases = (tree: Tree, service: Service): Source => {
  const path = fileOf(service, 'service');
  if (!tree.exists(path)) {
    const { names } = service;
    const className = useCasesOf(service);
    tree.write(
      path,
      `import { Injectable } from '@nestjs/common';\n\n/** What can be done with ${names.kebab}. */\n@Injectable()\nexport class ${className} {}\n`,
    );
    const module = openModule(tree, service);
    module
      .import(className, `./${names.kebab}.service.ts`)
      .addToProperty(() => module.argumentOf('Module'), 'providers', className)
      .save();
  }
  return new Source(tree, path);
};

export const openModule = (tree: Tree, service: Service): Source => new Source(tree, fileOf(service, 'module'));

/** Injects the use cases into a class of the service, and returns the name of the property: `orders`. */
export const injectUseCases = (source: Source, className: string, service: Service): string => {
  const type = useCasesOf(service);
  const present = source.injected(className, type);
  if (present) return present;
  const property = service.names.camel;
  source.import(type, `./${service.names.kebab}.service.ts`).inject(className, property, type);
  return property;
};

/**
 * Adds a method that handles a message: if there is a database, in a transaction with the inbox, because brokers deliver at
 * least once. The line that it logs is a placeholder.
 */
export const addEffect = (
  tree: Tree,
  service: Service,
  source: Source,
  method: { name: string; about: string; parameter: string; parameterType: string; says: string },
): void => {
  const { name, about, parameter, parameterType, says } = method;
  const className = useCasesOf(service);
  const log = `Logger.log(\`${says}\`, '${className}');`;
  source.import('Logger', '@nestjs/common');
  if (!hasDatabase(tree, service)) {
    source.addMember(
      className,
      `  /** ${about}. It may run more than once per message. */\n  async ${name}(${parameter}: ${parameterType}): Promise<void> {\n    ${log}\n  }`,
    );
    return;
  }
  const scope = scopeOf(tree);
  source
    .import('Database', `${scope}/service/database`)
    .import('Inbox', `${scope}/messaging/inbox`)
    .import('type IdempotencyKey', `${scope}/transport/idempotency-key`)
    .import('type Transaction', `${scope}/service/database`)
    .inject(className, 'database', 'Database')
    .inject(className, 'inbox', 'Inbox<Transaction>')
    .addMember(
      className,
      `  /** ${about}. \`idempotencyKey\` makes it run once per message. */
  ${name}(${parameter}: ${parameterType}, idempotencyKey: IdempotencyKey): Promise<void> {
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, idempotencyKey, async () => {
        ${log}
      }),
    );
  }`,
    );
};
