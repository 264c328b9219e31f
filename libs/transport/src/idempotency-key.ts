import { createParamDecorator } from '@nestjs/common';
import { currentCall } from './context.ts';

/** Names the message among its redeliveries; always there for commands and events, for calls where the caller gave one. */
export const IdempotencyKey = createParamDecorator((): string | undefined => currentCall()?.idempotencyKey);
