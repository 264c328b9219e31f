import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidInput, messageTooLarge, ofStatus } from '../errors.ts';
import { NOT_JSON } from '../pipeline/json.ts';

/** What body parsers throw (`http-errors`); meant for the client if `expose` is true. */
interface BodyError extends Error {
  type?: string;
  status?: number;
  expose?: boolean;
}

/** Middleware: a body that cannot be read is refused with the same error as on every other transport. */
export const bodyErrors = (
  error: BodyError,
  _: IncomingMessage,
  __: ServerResponse,
  next: (error: unknown) => void,
): void => next(readable(error));

const readable = (error: BodyError): unknown => {
  if (error.type === 'entity.parse.failed') return invalidInput([NOT_JSON.violation]);
  if (error.status === 413) return messageTooLarge();
  return error.expose && error.status ? ofStatus(error.status, error.message) : error;
};
