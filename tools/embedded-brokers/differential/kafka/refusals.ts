import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with what `promise` gives within a while, else with 'waits': for requests that are held back. */
export const soon = async <T>(promise: Promise<T>, within: number): Promise<unknown> =>
  Promise.race([promise.catch(errorOf), sleep(within, 'waits')]);

interface Refused extends Error {
  type?: string;
  cause?: Refused;
  errors?: (Refused & { topic?: string; groupId?: string; error?: Refused })[];
  groups?: unknown;
}

/** How kafkajs says no. */
export function errorOf(thrown: unknown): unknown {
  const { name, type, cause, errors, message } = thrown as Refused;
  if (errors) return { refused: errors.map(errorOf) };
  if (cause?.type) return { refused: cause.type };
  return { refused: type ?? `${name}: ${message}` };
}
