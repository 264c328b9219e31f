import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { contextTypeOf } from './context-types.ts';

/** The last filter: what no other filter caught becomes an answer of its transport. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(thrown: unknown, host: ArgumentsHost): unknown {
    return contextTypeOf(host).fail(thrown, host, this.host.httpAdapter);
  }
}
