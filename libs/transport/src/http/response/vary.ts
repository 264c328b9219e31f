import type { ServerResponse as Response } from 'node:http';

const added = new WeakMap<Response, Set<string>>();

/**
 * Adds a name to `Vary` when the header fields are sent, whatever the handler puts there: Nest's `@Header()` and its adapters
 * replace what was set before.
 */
export const vary = (response: Response, field: string): void => {
  const names = added.get(response);
  if (names) return void names.add(field);
  const own = new Set([field]);
  added.set(response, own);
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => Response;
  response.writeHead = (...args: unknown[]) => {
    const given = [response.getHeader('vary') ?? []].flat().join(',').split(',');
    const known = given.map((name) => String(name).trim()).filter(Boolean);
    const has = (name: string) => known.some((one) => one === '*' || one.toLowerCase() === name.toLowerCase());
    response.setHeader('vary', [...known, ...[...own].filter((name) => !has(name))].join(', '));
    return writeHead(...args);
  };
};
