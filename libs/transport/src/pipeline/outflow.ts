import { ServiceError } from '@fourfold/contracts/service-error';
import { Observable } from 'rxjs';
import { currentMessage } from '../context.ts';

/** Bytes of a stream that may wait for a reader who does not keep up. */
export const MAX_WAITING_BYTES = 1024 * 1024;
/** Bytes that may wait before a source that can be asked is asked for more. */
const ENOUGH = 64 * 1024;

/** The stream of a reader who does not keep up ends with it. */
export const slowReader = (): ServiceError =>
  new ServiceError(
    'RESOURCE_EXHAUSTED',
    'SLOW_READER',
    `the stream was ended: more than ${MAX_WAITING_BYTES} bytes wait for its reader`,
  );

/** Counts the bytes of one stream that its reader has not taken. */
export class Outflow {
  private waiting = 0;
  private drained?: PromiseWithResolvers<void>;

  /** `write` calls back once the bytes are on their way. */
  constructor(private readonly write: (bytes: Uint8Array, taken: () => void) => void) {}

  /** Throws RESOURCE_EXHAUSTED if too much waits: the source does not wait for its reader. */
  send(bytes: Uint8Array): void {
    if (this.waiting > MAX_WAITING_BYTES) throw slowReader();
    this.waiting += bytes.length;
    this.write(bytes, () => {
      this.waiting -= bytes.length;
      if (this.waiting > ENOUGH) return;
      this.drained?.resolve();
      this.drained = undefined;
    });
  }

  /** Resolves when there is room for more. */
  readonly ready = (): Promise<void> | undefined =>
    this.waiting > ENOUGH ? (this.drained ??= Promise.withResolvers<void>()).promise : undefined;
}

/** A source that gives its next message only when it is asked. */
export const isAsyncIterable = (source: unknown): source is AsyncIterable<any> =>
  typeof source === 'object' && source !== null && Symbol.asyncIterator in source;

/** What the handler of a stream returned, as an Observable which asks its source for no more than the caller takes. */
export const paced = (result: unknown): unknown => {
  if (result instanceof Promise) return result.then(paced);
  const { ready = () => undefined } = currentMessage() ?? {};
  return isAsyncIterable(result) ? pull(result, ready) : result;
};

/** Asks a source for its next message when `ready` has resolved. Unsubscribing ends the source. */
const pull = <T>(source: AsyncIterable<T>, ready: () => Promise<void> | undefined): Observable<T> =>
  new Observable((subscriber) => {
    const iterator = source[Symbol.asyncIterator]();
    const run = async () => {
      for (let next = await iterator.next(); !next.done && !subscriber.closed; next = await iterator.next()) {
        subscriber.next(next.value);
        await ready();
        if (subscriber.closed) break;
      }
      subscriber.complete();
    };
    run().catch((thrown: unknown) => subscriber.error(thrown));
    return () => void Promise.resolve(iterator.return?.()).catch(() => {});
  });
