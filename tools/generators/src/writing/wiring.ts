import type { Tree } from '@nx/devkit';
import { Source } from '../editing/source.ts';
import { addGrpc, addNeed } from '../workspace/apps.ts';
import type { Service, Transport } from '../workspace/services.ts';

/** Adds transports to a service: main.ts starts them, system.ts and compose.yaml list what they need. */
export const addTransports = (tree: Tree, { root, names }: Service, transports: readonly Transport[]): void => {
  for (const transport of transports) {
    if (transport === 'http') continue; // every service has it, for its health
    const main = new Source(tree, `${root}/src/main.ts`);
    main.addToProperty(() => main.argumentOf('startService'), 'transports', `'${transport}'`).save();
    if (transport === 'grpc') addGrpc(tree, names.kebab);
    else addNeed(tree, names.kebab, transport);
  }
};
