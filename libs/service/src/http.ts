import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from '@fourfold/contracts/service-error';
import { NOT_JSON } from '@fourfold/transport/json';
import { invalidInput } from '@fourfold/transport/validation';
import type { Readiness } from './readiness.ts';

type Next = (error?: unknown) => void;
const ALWAYS = /^\/(healthz|readyz|metrics)\b/;

/** Business routes answer 503 until the service takes work. */
export const readyGate =
  (readiness: Readiness) =>
  ({ url = '' }: IncomingMessage, _: ServerResponse, next: Next): void =>
    readiness.isServing || ALWAYS.test(url)
      ? next()
      : next(new ServiceError('UNAVAILABLE', 'NOT_READY', 'the service is not ready'));

/** What a body parser could not read is refused as on every other transport. */
export const malformedBody = (error: { type?: string }, _: IncomingMessage, __: ServerResponse, next: Next): void =>
  next(error.type === 'entity.parse.failed' ? invalidInput([NOT_JSON.violation]) : error);

/** Knows the event streams that are open, to end them at shutdown: they would outlast any drain. */
export class EventStreams {
  private readonly open = new Set<ServerResponse>();

  readonly middleware = (_: IncomingMessage, response: ServerResponse, next: Next): void => {
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    next();
  };

  end(): void {
    for (const response of this.open) {
      if (!response.headersSent || response.writableEnded) continue; // an answer is sent whole, a stream bit by bit
      const { socket } = response;
      // its headers promised to keep the connection, which would keep the server from closing
      response.end(() => socket?.destroySoon());
    }
  }
}
