import type { Tree } from '@nx/devkit';
import { Source } from '../editing/source.ts';
import { fileOf, hasDatabase, scopeOf, type Service } from '../workspace/services.ts';

/** The name of the class that holds what a service can do: `OrdersService`. */
export const useCasesOf = ({ names }: Service): string => `${names.pascal}Service`;

/** That class. It is made, and provided in the module, where a service has none. */
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

/** Has the use cases injected into a class of the service, and says by which name: `orders`. */
export const injectUseCases = (source: Source, className: string, service: Service): string => {
  const type = useCasesOf(service);
  const present = source.injected(className, type);
  if (present) return present;
  const property = service.names.camel;
  source.import(type, `./${service.names.kebab}.service.ts`).inject(className, property, type);
  return property;
};

/**
 * Adds what happens once per message: in a transaction with the inbox where there is a database, for brokers deliver at
 * least once. The line in the log is there to be replaced.
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
      `  /** ${about}. It may come more than once. */\n  async ${name}(${parameter}: ${parameterType}): Promise<void> {\n    ${log}\n  }`,
    );
    return;
  }
  const scope = scopeOf(tree);
  source
    .import('Database', `${scope}/service/database`)
    .import('Inbox', `${scope}/outbox/inbox`)
    .inject(className, 'database', 'Database')
    .inject(className, 'inbox', 'Inbox')
    .addMember(
      className,
      `  /** ${about}. \`messageId\` makes it happen once. */
  ${name}(${parameter}: ${parameterType}, messageId: string): Promise<void> {
    return this.database.transaction((transaction) =>
      this.inbox.once(transaction, messageId, async () => {
        ${log}
      }),
    );
  }`,
    );
};
