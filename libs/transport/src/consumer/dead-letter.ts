import type { Metadata } from '@fourfold/contracts/metadata';
import type { Failure } from './attempt.ts';

/** Characters of an error's message. */
const MAX_TEXT = 1000;

/** The headers that say why a message failed, beside those that it came with. Its trace is among them also if it came without. */
export const failureHeaders = (
  { error, attempts }: Failure,
  { origin, metadata }: { origin: string; metadata: Metadata },
): Record<string, string> => ({
  'x-error-code': error.code,
  'x-error-reason': error.reason,
  'x-error-message': error.message.slice(0, MAX_TEXT),
  'x-attempts': String(attempts),
  'x-origin': origin,
  traceparent: metadata['traceparent']!,
});
