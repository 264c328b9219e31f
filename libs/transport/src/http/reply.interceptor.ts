import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { operationOf } from '../implements.ts';
import { toJson } from '@fourfold/contracts/json';

/** Answers an operation over HTTP with its message's JSON: all its fields, and no others. The outermost interceptor. */
@Injectable()
export class ReplyInterceptor implements NestInterceptor {
  constructor(private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const operation = context.getType() === 'http' ? operationOf(context.getHandler()) : undefined;
    if (!operation || operation.stream) return next.handle();
    this.host.httpAdapter.setHeader(
      context.switchToHttp().getResponse(),
      'content-type',
      'application/json; charset=utf-8',
    );
    return next.handle().pipe(map((message) => toJson(operation.response, message)));
  }
}
