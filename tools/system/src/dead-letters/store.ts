/** A message that could not be handled, as its broker keeps it. */
export interface DeadLetter {
  /** Names it for `show`: `<topic>/<partition>/<offset>`, or `<queue>/<message id>`. */
  id: string;
  /** The queue or the topic of dead letters. */
  place: string;
  /** The operation's or the event's full name. */
  type: string;
  /** Messages of one key are in order; commands have none. */
  key?: string;
  /** `x-error-code`, `x-error-reason`, `x-error-message`. */
  code: string;
  reason: string;
  message: string;
  attempts: number;
  /** Where it was before: `topic/partition/offset`. */
  origin: string;
  /** When it became a dead letter. */
  deadAt?: Date;
  /** All headers, as text. */
  headers: Record<string, string>;
  body: Buffer;
}

/** The dead letters of one broker. What is neither redriven nor discarded stays as it is. */
export interface DeadLetterStore {
  /** The broker's name. */
  readonly name: string;
  /** All that are open, oldest first. */
  list(): Promise<DeadLetter[]>;
  /** Publishes letters again, in this order, and takes them out. Killed in between, it loses none. */
  redrive(letters: readonly DeadLetter[]): Promise<void>;
  /** Takes letters out. */
  discard(letters: readonly DeadLetter[]): Promise<void>;
  close(): Promise<void>;
}

/** The headers that consumers put on what failed. */
const FAILURE = ['x-error-code', 'x-error-reason', 'x-error-message', 'x-attempts', 'x-dead-at', 'x-on-dead'];

/** The headers of a message before it failed. */
export const withoutFailure = <T>(headers: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !FAILURE.includes(name)));

/** What the headers of a dead letter say. */
export const failureOf = (headers: Record<string, string>) => ({
  code: headers['x-error-code'] ?? 'UNKNOWN',
  reason: headers['x-error-reason'] ?? 'UNKNOWN',
  message: headers['x-error-message'] ?? '',
  attempts: Number(headers['x-attempts'] ?? 0),
  origin: headers['x-origin'] ?? '',
  ...(headers['x-dead-at'] && { deadAt: new Date(headers['x-dead-at']) }),
});
