import { from, isObservable, mergeAll, type Observable, type Subscription } from 'rxjs';
import { isUnexpected, problemOf, toServiceError } from '../errors.ts';
import { observe } from '../observation.ts';

/** Bytes that may wait for a client that does not read. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no', // nginx would hold the events back
};

/**
 * A stream as Server-Sent Events, for a plain `@Get` to return. Nest sends its headers with the first event, so that a stream
 * that fails before fails with its own status: `@Sse()` would answer 200 as soon as an interceptor is there, and ours always
 * is. A later failure is an `error` event. The source is unsubscribed when the client goes away.
 */
export const sse = <T>(
  source: Observable<T> | Promise<Observable<T>>,
  dataOf: (message: T) => string | object,
): Response => {
  const messages = isObservable(source) ? source : from(source).pipe(mergeAll());
  let subscription: Subscription | undefined;
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    let hasSent = false;
    const send = (event: string) => {
      hasSent = true;
      controller.enqueue(Buffer.from(event));
      if (controller.desiredSize! > 0) return;
      subscription?.unsubscribe();
      controller.error(new Error(`a client does not read its events: ${MAX_WAITING_BYTES} bytes wait for it`));
    };
    subscription = messages.subscribe({
      next: (message) => send(eventOf(dataOf(message))),
      complete: () => controller.close(),
      error(thrown: unknown) {
        if (!hasSent) return controller.error(thrown);
        const error = toServiceError(thrown);
        observe({ event: 'failed', transport: 'http', error, isUnexpected: isUnexpected(thrown) });
        send(`event: error\n${eventOf(problemOf(error))}`);
        controller.close();
      },
    });
  };
  const cancel = () => subscription?.unsubscribe();
  const body = new ReadableStream(
    { start, cancel },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_WAITING_BYTES }),
  );
  return new Response(body, { headers: HEADERS });
};

const eventOf = (data: string | object): string => {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `data: ${text.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;
};
