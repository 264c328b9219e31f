import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const BINDING = /rabbitmq:\s*\{([^}]*)\}/g;

/** The queues of commands that the contracts of libs/contracts name: AMQP has no way to ask for queues. */
export const queuesOf = (root: string): string[] => {
  const files = globSync('libs/contracts/src/*.ts', { cwd: root }).filter((file) => !file.endsWith('.spec.ts'));
  const queues = files.flatMap((file) => {
    const bindings = [...readFileSync(join(root, file), 'utf8').matchAll(BINDING)].map(([, inside]) => inside!);
    return bindings
      .filter((inside) => /mode:\s*'command'/.test(inside))
      .map((inside) => /queue:\s*'([^']+)'/.exec(inside)?.[1]);
  });
  return [...new Set(queues.filter((queue) => queue !== undefined))].toSorted();
};
