import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { operationOf } from '../implements.ts';
import { inTime } from '../in-time.ts';
import { replyJson } from '../json.ts';

/** Answers an operation over HTTP with its message's JSON: all its fields, and no others. The outermost interceptor. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const operation = operationOf(context.getHandler());
    const answer = inTime(next.handle(), context.getHandler().name);
    if (!operation || operation.kind === 'stream') return answer;
    this.host.httpAdapter.setHeader(
      context.switchToHttp().getResponse(),
      'content-type',
      'application/json; charset=utf-8',
    );
    return answer.pipe(map((message) => replyJson(operation.response, message)));
  }
}
