import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { ReadableStreamDefaultController, UnderlyingSource } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceError } from '@fourfold/contracts/service-error';
import type { Observable } from 'rxjs';
import { currentMessage, streamBegun } from '../context.ts';
import { isUnexpected, toServiceError } from '../errors.ts';
import { observe } from '../observation.ts';
import { isAsyncIterable, MAX_WAITING_BYTES, slowReader } from '../pipeline/outflow.ts';
import { onAbort } from '../time.ts';
import { httpProblemOf } from './problem.ts';

/** Milliseconds that a stream may take to fail with a status of its own; after them its headers are sent. */
const HEADERS_AFTER = 250;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // nginx would hold the events back
};

type Source<T> = Observable<T> | AsyncIterable<T>;

export interface SseOptions<T> {
  /** The id of an event, by which a client that lost its connection says what it has. By default a digest of the event's data. */
  idOf?(message: T): string;
}

/**
 * A stream as Server-Sent Events (WHATWG HTML, section 9.2), for a plain `@Get` to return. A stream that fails soon fails with its
 * own status: `@Sse()` would answer 200 as soon as an interceptor is there, and ours always is. A later failure is an `error`
 * event. If the first event is the one that the client has (`Last-Event-ID`), it is not sent again; if nothing follows, the
 * answer is 204, which ends the client's attempts. The source is unsubscribed when the client goes away. An async iterable is
 * asked for its next message when the client can take it.
 */
export const sse = async <T>(
  source: Source<T> | Promise<Source<T>>,
  dataOf: (message: T) => string | object,
  options: SseOptions<T> = {},
): Promise<Response> => {
  const events = new Events(await source, dataOf, options);
  const body = new ReadableStream(events, new ByteLengthQueuingStrategy({ highWaterMark: events.highWaterMark }));
  await Promise.race([events.begun, sleep(HEADERS_AFTER)]);
  if (events.isOver) return new Response(null, { status: 204 });
  events.open();
  return new Response(body, { headers: HEADERS });
};

/** The events of one client. */
class Events<T> implements UnderlyingSource<Uint8Array> {
  /** Whether there is nothing that the client does not have. */
  isOver = false;
  readonly highWaterMark: number;

  private readonly first = Promise.withResolvers<void>();
  private readonly lastEventId = currentMessage()?.metadata['last-event-id'];
  private readonly streamBegun = AsyncLocalStorage.bind(streamBegun);
  private readonly signal = currentMessage()?.signal;
  private readonly message = currentMessage();
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private isFirst = true;
  private hasSent = false;
  private isOpen = false;
  private isEnded = false;
  private leave = () => {};
  /** Sends the next message of a source that can be asked. */
  private next?: () => Promise<void>;

  /** For this client, also if the source is shared with others. */
  private readonly dataOf: (message: T) => string | object;

  constructor(
    private readonly source: Source<T>,
    dataOf: (message: T) => string | object,
    private readonly options: SseOptions<T>,
  ) {
    this.dataOf = AsyncLocalStorage.bind(dataOf);
    this.highWaterMark = isAsyncIterable(source) ? 1 : MAX_WAITING_BYTES;
  }

  /** Resolves with the first event, or when there will be none; rejects if it fails before. */
  get begun(): Promise<void> {
    return this.first.promise;
  }

  /** The headers are sent: a failure is an event from here on. */
  open(): void {
    this.isOpen = true;
    if (!this.hasSent && !this.isEnded) this.write('');
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.controller = controller;
    this.first.promise.catch(() => {});
    const settled = onAbort(this.signal, () => this.fail(this.signal!.reason));
    const { source } = this;
    if (isAsyncIterable(source)) {
      const iterator = source[Symbol.asyncIterator]();
      this.next = AsyncLocalStorage.bind(() => this.sendNext(iterator));
      this.leave = () => {
        settled();
        void Promise.resolve(iterator.return?.()).catch(() => {});
      };
      return;
    }
    const subscription = source.subscribe({
      next: (message) => this.send(message),
      error: (thrown: unknown) => this.fail(thrown),
      complete: () => this.complete(),
    });
    this.leave = () => {
      settled();
      subscription.unsubscribe();
    };
    if (this.isEnded) this.leave();
  }

  /** The client can take more. */
  pull(): Promise<void> | undefined {
    return this.next?.();
  }

  cancel(): void {
    this.isEnded = true;
    this.leave();
  }

  private async sendNext(iterator: AsyncIterator<T>): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (this.isEnded) return;
        if (done) return this.complete();
        if (this.send(value)) return;
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** False if the client has the message already. */
  private send(message: T): boolean {
    if (this.isEnded) return true;
    this.streamBegun();
    const data = this.dataOf(message);
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const id = this.options.idOf?.(message) ?? createHash('sha1').update(text).digest('base64url').slice(0, 12);
    const isKnown = this.isFirst && id === this.lastEventId;
    this.isFirst = false;
    if (isKnown) return false;
    this.write(`id: ${id}\n${dataLines(text)}`);
    this.first.resolve();
    if (this.controller.desiredSize! <= 0 && !this.next) this.cut();
    return true;
  }

  private write(event: string): void {
    const retry = this.hasSent ? '' : `retry: ${1000 + Math.floor(Math.random() * 2000)}\n`; // not all in one moment
    this.hasSent = true;
    this.controller.enqueue(Buffer.from(`${retry}${event}\n`));
  }

  private problemOf(error: ServiceError) {
    return httpProblemOf(error, this.message, this.message?.metadata['traceparent']);
  }

  private cut(): void {
    this.isEnded = true;
    this.leave();
    observe({ event: 'failed', transport: 'http', error: slowReader(), isUnexpected: false });
    this.controller.error(slowReader());
  }

  private complete(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.isOver = !this.hasSent && !!this.lastEventId;
    this.leave();
    this.controller.close();
    this.first.resolve();
  }

  private fail(thrown: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.leave();
    if (!this.isOpen && !this.hasSent) return this.first.reject(thrown);
    const error = toServiceError(thrown);
    observe({ event: 'failed', transport: 'http', error, isUnexpected: isUnexpected(thrown) });
    this.write(`event: error\n${dataLines(JSON.stringify(this.problemOf(error)))}`);
    this.controller.close();
  }
}

const dataLines = (text: string): string => `data: ${text.replace(/\r\n|\r|\n/g, '\ndata: ')}\n`;
