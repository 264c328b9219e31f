import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';
import { expected, PROBLEM_JSON, problemOf, toServiceError } from './errors.ts';

/** The last filter on every transport: HTTP answers a problem document, the others pass on a ServiceError. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  constructor(private readonly host: HttpAdapterHost) {}

  catch(thrown: unknown, host: ArgumentsHost) {
    if (!expected(thrown)) this.logger.error(thrown);
    const error = toServiceError(thrown);
    if (host.getType() !== 'http') return throwError(() => error);

    const { httpAdapter } = this.host;
    const response = host.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) return httpAdapter.end(response);
    httpAdapter.setHeader(response, 'content-type', PROBLEM_JSON);
    httpAdapter.reply(response, JSON.stringify(problemOf(error)), error.httpStatus);
  }
}
