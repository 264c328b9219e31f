import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Dto } from '@fourfold/contracts/contract';
import type { Observable } from 'rxjs';

/** What Nest's kinds of execution context differ in: how the input is read, and how answer or error go back. */
export interface ContextType {
  /** The input, before validation. `dto` tells what the text of a path or a query is meant to be. */
  input(context: ExecutionContext, dto: Dto): unknown;
  /** The answers of the handler, as they go back. */
  answer(context: ExecutionContext, answers: Observable<unknown>, adapter: AbstractHttpAdapter): Observable<unknown>;
  /** What an exception filter returns. */
  fail(thrown: unknown, host: ArgumentsHost, adapter: AbstractHttpAdapter): unknown;
}
