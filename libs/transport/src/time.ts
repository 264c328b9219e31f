/** Milliseconds to wait after the given failed attempt, counted from 1: doubled from `base` to 10 s, half of it random. */
export const backoff = (attempt: number, base = 50): number =>
  Math.min(base * 2 ** (attempt - 1), 10_000) * (0.5 + Math.random() / 2);

/** `work`, or a rejection once `ms` milliseconds have passed. */
export const withTimeLimit = <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
};

/** setTimeout takes no more: what is farther away gets no timer. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Milliseconds left until `deadline`, as a timer takes them. */
export const timeLeft = (deadline: number): number => Math.min(deadline - Date.now(), LONGEST_TIMER);

/** A signal that aborts at `deadline`, with the reason that `expired` makes; clear it when the work is done. */
export const deadlineSignal = (
  deadline?: number,
  expired: () => unknown = () => undefined,
): { signal: AbortSignal; abort: (reason?: unknown) => void; clear: () => void } => {
  const controller = new AbortController();
  const abort = (reason?: unknown) => controller.abort(reason);
  const timer = deadline === undefined ? undefined : setTimeout(() => abort(expired()), timeLeft(deadline));
  return { signal: controller.signal, abort, clear: () => clearTimeout(timer) };
};

/** Calls back when the signal aborts, at once if it has; what it returns ends that. */
export const onAbort = (signal: AbortSignal | undefined, listener: () => void): (() => void) => {
  if (signal?.aborted) listener();
  else signal?.addEventListener('abort', listener, { once: true });
  return () => signal?.removeEventListener('abort', listener);
};
