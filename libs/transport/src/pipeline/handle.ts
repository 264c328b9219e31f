import { defer, from, isObservable, mergeMap, Observable, of, tap, throwError } from 'rxjs';
import { openContext, runInContext, streamBegun } from '../context.ts';
import { deadlineExceeded, isUnexpected, toServiceError } from '../errors.ts';
import { observe } from '../observation.ts';
import { onAbort } from '../time.ts';
import type { IncomingMessage } from '../transport.ts';

/**
 * Runs the handler of a message in the message's context, within its deadline. Refuses what came too late. Failures are
 * ServiceErrors.
 *
 * `run` calls what Nest made of the handler: guards, interceptors, pipes, the method, filters. Go-to-definition ends here.
 * Go on at the method `placeOrder:grpc` that `mount` of handlers/implements.ts put on the controller, which calls `placeOrder`.
 */
export const handle = (message: IncomingMessage, run: () => unknown): Observable<unknown> => {
  const { transport, name, deadline, onCancel } = message;
  if (deadline !== undefined && deadline <= Date.now()) return throwError(() => deadlineExceeded(name));
  return new Observable((subscriber) => {
    const { context, abort, close } = openContext(message);
    onCancel?.(abort);
    const observed = (event: 'handled' | 'failed') => ({
      event,
      transport,
      operation: name,
      duration: performance.now() - context.receivedAt,
    });
    let isSettled = false;
    const subscription = runInContext(context, () => {
      observe({ event: 'received', transport, operation: name });
      return defer(() => from(Promise.resolve(run())))
        .pipe(
          mergeMap(answersOf),
          (answers) => untilAbort(answers, context.signal),
          tap({ complete: () => observe(observed('handled')) }),
        )
        .subscribe({
          next(value) {
            if (!message.isCall) streamBegun();
            subscriber.next(value);
          },
          error: (thrown: unknown) => {
            isSettled = true;
            const error = toServiceError(thrown);
            observe({ ...observed('failed'), error, isUnexpected: isUnexpected(thrown) });
            subscriber.error(error);
          },
          complete: () => {
            isSettled = true;
            subscriber.complete();
          },
        });
    });
    return () => {
      if (!isSettled) abort(); // the server has unsubscribed: the caller is gone
      close();
      subscription.unsubscribe();
    };
  });
};

/** What a handler returned, as a stream. */
export const answersOf = (result: unknown): Observable<any> => (isObservable(result) ? result : of(result));

/** The answers, or the reason of the signal when it aborts: DEADLINE_EXCEEDED, or CANCELLED since the caller left. */
export const untilAbort = <T>(answers: Observable<T>, signal: AbortSignal): Observable<T> =>
  new Observable((subscriber) => {
    const subscription = answers.subscribe(subscriber);
    subscription.add(onAbort(signal, () => subscriber.error(signal.reason)));
    return subscription;
  });
