import type { Failure } from './attempt.ts';

/** Characters of an error's message. */
const MAX_TEXT = 1000;

/** The headers that say why a message is a dead letter, beside those that it came with. */
export const deadLetterHeaders = ({ error, attempts }: Failure, origin: string): Record<string, string> => ({
  'x-error-code': error.code,
  'x-error-reason': error.reason,
  'x-error-message': error.message.slice(0, MAX_TEXT),
  'x-attempts': String(attempts),
  'x-origin': origin,
});
