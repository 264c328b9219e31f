import type { IncomingMessage as Request } from 'node:http';
import { invalidInput } from '../errors.ts';
import { DEFAULT_DEADLINE } from '../context.ts';
import type { IncomingMessage } from '../transport.ts';
import { readMetadata, TIMEOUT } from './metadata.ts';
import { readKey } from './request/idempotency-key.ts';

/** `POST /v1/orders`: the query may be private. */
export const nameOf = ({ method, url = '' }: Request): string => `${method} ${url.split('?', 1)[0]}`;

/** A request as a message; `at` says when it came. Throws INVALID_ARGUMENT for a malformed timeout or key. */
export const messageOf = (request: Request, at = Date.now()): IncomingMessage => {
  const { [TIMEOUT]: timeout } = request.headers as Record<string, string | undefined>;
  const id = readKey(request);
  return {
    transport: 'http',
    name: nameOf(request),
    metadata: readMetadata(request.headers),
    isCall: false, // or a stream: nobody knows yet
    ...(id && { idempotencyKey: { source: '', id } }),
    // of a stream, it bounds the first message
    deadline: at + (timeout === undefined ? DEFAULT_DEADLINE : millisecondsOf(timeout)),
  };
};

/** As the Connect protocol has it: at most ten digits. */
const millisecondsOf = (timeout: string): number => {
  if (/^\d{1,10}$/.test(timeout)) return Number(timeout);
  throw invalidInput([{ path: TIMEOUT, rule: 'matches', message: `${TIMEOUT} must be 1 to 10 digits` }]);
};
