import type { IncomingMessage as Request } from 'node:http';
import type { ArgumentsHost } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { map, tap } from 'rxjs';
import { currentMessage } from '../context.ts';
import { isUnexpected, toServiceError } from '../errors.ts';
import { operationOf } from '../handlers/operation.ts';
import { observe } from '../observation.ts';
import type { ContextType } from '../pipeline/context-type.ts';
import { untilAbort } from '../pipeline/handle.ts';
import { replyJson } from '../pipeline/json.ts';
import { forgetRepresentation, hasLongRest, headersOf, isAnswered, NO_STORE, refuse } from './answer.ts';
import { notAcceptable, unsupportedMediaType } from './errors.ts';
import { nameOf } from './message.ts';
import { cachedBy } from './preconditions.ts';
import { httpProblemOf } from './problem.ts';
import { producedBy } from './produces.ts';
import { preferredOf } from './request/accept.ts';
import { hasBody, isJson } from './request/body.ts';
import { readQuery, readText } from './request/query.ts';
import { vary } from './response/vary.ts';

/** HTTP's part of the pipeline: fields from path, query and body, the message's JSON or a problem document back. */
export const httpContextType: ContextType = {
  /** Of a method with a body, fields come from path and body, of all others from path and query. */
  input(context, dto) {
    const request = context.switchToHttp().getRequest();
    const path = readText(dto, request.params);
    if (!/^(POST|PUT|PATCH)$/.test(request.method)) return { ...readQuery(dto, request.url), ...path };
    const body = bodyOf(request);
    return isRecord(body) ? { ...body, ...path } : body;
  },

  answer(context, answers, adapter) {
    const handler = context.getHandler();
    const produced = producedBy(handler);
    const request = context.switchToHttp().getRequest();
    if (produced.length) negotiate(context, produced, adapter);
    const operation = operationOf(handler);
    const name = operation?.name ?? nameOf(request);
    const { signal } = currentMessage()!;
    const inTime = untilAbort(answers, signal).pipe(tap({ complete: () => observe(observed('handled', name)) }));
    if (!operation || operation.kind === 'stream') return inTime;
    const response = context.switchToHttp().getResponse();
    adapter.setHeader(response, 'content-type', 'application/json; charset=utf-8');
    return inTime.pipe(
      map((message) => replyJson(operation.response, message)),
      map((json) => {
        const isStored = !String(adapter.getHeader(response, 'cache-control')).includes(NO_STORE);
        return isStored && /^(GET|HEAD)$/.test(request.method) ? cachedBy(context).answerByDigest(json) : json;
      }),
    );
  },

  fail(thrown, host, adapter) {
    const error = toServiceError(thrown);
    const request = host.switchToHttp().getRequest();
    const response = host.switchToHttp().getResponse();
    if (isAnswered(response)) return undefined; // the server has, at the deadline
    observe({ ...observed('failed', nameOf(request)), error, isUnexpected: isUnexpected(thrown) });
    if (adapter.isHeadersSent(response)) return adapter.end(response);
    if (hasLongRest(request.raw ?? request)) return refuse(response.raw ?? response, error);
    forgetRepresentation(response);
    const problem = httpProblemOf(error, request.raw ?? request, currentMessage()?.metadata['traceparent']);
    for (const [name, value] of Object.entries(headersOf(error))) adapter.setHeader(response, name, value);
    return adapter.reply(response, JSON.stringify(problem), error.httpStatus);
  },
};

/** Says which of several media types the answer has; an answer in another one is the handler's own affair. */
const negotiate = (host: ArgumentsHost, produced: readonly string[], adapter: AbstractHttpAdapter): void => {
  const http = host.switchToHttp();
  const response = http.getResponse();
  const isChosen = produced.length > 1;
  if (isChosen) vary(response.raw ?? response, 'Accept');
  const type = preferredOf(http.getRequest().headers.accept, produced);
  if (!type) throw notAcceptable(produced);
  if (isChosen) adapter.setHeader(response, 'content-type', type);
};

const observed = <E extends 'handled' | 'failed'>(event: E, operation: string) => ({
  event,
  transport: 'http' as const,
  operation,
  duration: performance.now() - (currentMessage()?.receivedAt ?? performance.now()),
});

/** The JSON body, `{}` if there is none; a body of another media type is a 415. */
const bodyOf = (request: Request & { body?: unknown }): unknown => {
  if (!hasBody(request)) return {};
  if (!isJson(request)) throw unsupportedMediaType(request);
  return request.body;
};

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
