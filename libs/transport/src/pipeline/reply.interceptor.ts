import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { contextTypeOf } from './context-types.ts';

/** The outermost interceptor: the answers go back as their transport needs them. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return contextTypeOf(context).answer(context, next.handle(), this.host.httpAdapter);
  }
}
