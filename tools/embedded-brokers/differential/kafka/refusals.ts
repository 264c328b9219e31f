import { setTimeout as sleep } from 'node:timers/promises';

/** The result of `promise`, or 'waits' after `within` milliseconds: a broker may hold a request back. */
export const soon = async <T>(promise: Promise<T>, within: number): Promise<unknown> =>
  Promise.race([promise.catch(errorOf), sleep(within, 'waits')]);

interface Refused extends Error {
  type?: string;
  cause?: Refused;
  errors?: (Refused & { topic?: string; groupId?: string; error?: Refused })[];
  groups?: unknown;
}

/** What kafkajs says of a refused request, in a comparable form. */
export function errorOf(thrown: unknown): unknown {
  const { name, type, cause, errors, message } = thrown as Refused;
  if (errors) return { refused: errors.map(errorOf) };
  if (cause?.type) return { refused: cause.type };
  return { refused: type ?? `${name}: ${message}` };
}
