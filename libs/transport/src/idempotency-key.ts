import { createParamDecorator } from '@nestjs/common';
import { currentCall } from './context.ts';
import { invalidInput } from './validation.ts';

/** Names the message among its redeliveries; always there for commands and events, for calls where the caller gave one. */
export const IdempotencyKey = createParamDecorator((): string | undefined => currentCall()?.idempotencyKey);

/** What every transport can carry and every database can index. */
const VALID = /^[ -~]{1,255}$/;

/** A key as it came: absent when it is empty or no text; anything else than 1–255 printable ASCII characters is INVALID_ARGUMENT. */
export const readIdempotencyKey = (given: unknown): string | undefined => {
  if (typeof given !== 'string' || given === '') return undefined;
  if (VALID.test(given)) return given;
  const message = 'the idempotency key must be 1 to 255 printable ASCII characters';
  throw invalidInput([{ path: 'idempotencyKey', rule: 'matches', message }]);
};
