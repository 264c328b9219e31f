import type { Tree } from '@nx/devkit';
import { Source } from '../editing/source.ts';
import { addGrpc, addNeed } from '../workspace/apps.ts';
import type { Service, Transport } from '../workspace/services.ts';

/** Has a service reached over these transports: main.ts starts them, system.ts and compose.yaml say what they need. */
export const addTransports = (tree: Tree, { root, names }: Service, transports: readonly Transport[]): void => {
  for (const transport of transports) {
    if (transport === 'http') continue; // it is always there: health needs it
    const main = new Source(tree, `${root}/src/main.ts`);
    main.addToProperty(() => main.argumentOf('startService'), 'transports', `'${transport}'`).save();
    if (transport === 'grpc') addGrpc(tree, names.kebab);
    else addNeed(tree, names.kebab, transport);
  }
};
