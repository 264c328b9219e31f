import type { Tree } from '@nx/devkit';
import { finish } from '../writing/finish.ts';
import { addTransports } from '../writing/wiring.ts';
import { fileOf } from '../workspace/services.ts';
import { operationOf, type OperationOptions } from './operation.ts';
import { writeContract, writeController, writeProto, writeSpec, writeUseCase } from './write.ts';

/** `nx g operation tickets closeTicket`: its method in proto and contract, its handler, and a spec. */
export default async function operationGenerator(tree: Tree, options: OperationOptions): Promise<() => Promise<void>> {
  const operation = operationOf(tree, options);
  const { service, names, transports, useCase } = operation;
  writeProto(tree, operation);
  writeContract(tree, operation);
  writeUseCase(tree, operation);
  writeController(tree, operation);
  writeSpec(tree, operation);
  addTransports(tree, service, transports);
  return finish(tree, {
    next: [
      [`npx nx test ${service.names.kebab}`, `its spec is ${names.kebab}.spec.ts`],
      [fileOf(service, 'service'), `its rule: ${useCase}()`],
    ],
  });
}
