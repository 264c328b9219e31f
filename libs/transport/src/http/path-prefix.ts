import { currentMessage } from '../context.ts';

const prefixes = new WeakMap<object, string>();

/** Says under which path a client sees this service: of a request, and of the message that it is. */
export const setPathPrefix = (key: object, prefix: string): void => {
  if (prefix) prefixes.set(key, prefix);
};

/** `key`: the request, or its message's context. */
export const pathPrefixOf = (key: object | undefined): string => (key && prefixes.get(key)) ?? '';

/**
 * The path under which a proxy serves this service to the client that is answered: `/shop`. It goes in front of every path that the
 * client is told, and is empty unless a trusted proxy says otherwise.
 */
export const pathPrefix = (): string => pathPrefixOf(currentMessage());
