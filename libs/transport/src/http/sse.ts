import type { MessageEvent } from '@nestjs/common';
import { catchError, Observable, of, type Subscriber } from 'rxjs';
import { problemOf, toServiceError } from '../errors.ts';

/**
 * A stream as Server-Sent Events. Resolves once its first message is there: Nest commits status 200 as soon as it has the
 * stream, and one that fails before its first message must fail with its own status. A later failure is an `error` event.
 */
export const sse = async <T>(
  source: Observable<T> | Promise<Observable<T>>,
  dataOf: (message: T) => string | object,
): Promise<Observable<MessageEvent>> => {
  const messages = await source;
  return new Promise((resolve, reject) => {
    const early: MessageEvent[] = [];
    let listener: Subscriber<MessageEvent> | undefined;
    let end: ((listener: Subscriber<MessageEvent>) => void) | undefined;
    const finish = (how: typeof end) => (listener ? how!(listener) : (end = how));

    const events = new Observable<MessageEvent>((subscriber) => {
      early.forEach((event) => subscriber.next(event));
      end?.(subscriber);
      listener = subscriber;
      return () => subscription.unsubscribe();
    }).pipe(catchError((thrown: unknown) => of({ type: 'error', data: problemOf(toServiceError(thrown)) })));

    const subscription = messages.subscribe({
      next(message) {
        const event = { data: dataOf(message) };
        if (listener) listener.next(event);
        else early.push(event);
        resolve(events);
      },
      error(thrown: unknown) {
        finish((subscriber) => subscriber.error(thrown));
        reject(thrown as Error);
      },
      complete() {
        finish((subscriber) => subscriber.complete());
        resolve(events);
      },
    });
  });
};
