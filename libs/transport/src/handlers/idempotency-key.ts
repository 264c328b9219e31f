import { createParamDecorator } from '@nestjs/common';
import { currentMessage } from '../context.ts';
import type { IdempotencyKey as Key } from '../transport.ts';

/** Names a message among its redeliveries: `{ source, id }`. */
export type IdempotencyKey = Key;

/** The key of the message being handled: of commands and events it is always there, of calls if the caller sent one. */
export const IdempotencyKey = createParamDecorator((): IdempotencyKey | undefined => currentMessage()?.idempotencyKey);
