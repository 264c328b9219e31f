import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { exchangeOf } from './exchanges.ts';

/** The outermost interceptor: the answers go back as their transport needs them. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return exchangeOf(context).answer(context, next.handle(), this.host.httpAdapter);
  }
}
