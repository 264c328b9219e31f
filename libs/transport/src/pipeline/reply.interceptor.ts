import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { idempotencyKeyMissing } from '@fourfold/contracts/idempotency.errors';
import type { Observable } from 'rxjs';
import { currentMessage } from '../context.ts';
import { operationOf } from '../handlers/operation.ts';
import { contextTypeOf } from './context-types.ts';

/** The outermost interceptor: a call has the key that its contract wants, and the answers go back as their transport needs them. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (operationOf(context.getHandler())?.bindings.idempotencyKey === 'required' && !currentMessage()?.idempotencyKey)
      throw idempotencyKeyMissing({});
    return contextTypeOf(context).answer(context, next.handle(), this.host.httpAdapter);
  }
}
