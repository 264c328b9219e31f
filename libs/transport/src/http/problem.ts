import { randomUUID } from 'node:crypto';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { type Problem, problemOf } from '../errors.ts';
import { traceIdOf } from '../metadata.ts';
import { isInCatalogue } from '../problem-catalogue.ts';
import { pathPrefixOf } from './path-prefix.ts';

/** A problem document as HTTP has it: other transports have neither URIs nor a trace to show. */
export interface HttpProblem extends Problem {
  /** Leads to what is known of this kind of error. Absent (`about:blank`) if this process does not know it. */
  type?: string;
  /** This one occurrence: `urn:uuid:…`. */
  instance: string;
  /** What to search the logs for, of all services that took part. */
  traceId?: string;
}

/** Where the catalogue of errors is. */
export interface ProblemTypes {
  /** In front of the reason: `/problems/`, `https://docs.example/problems#`. */
  base: string;
  /** It has every reason, also those that this process does not know. */
  isComplete: boolean;
}

const types = new WeakMap<object, ProblemTypes>();

/** Says where the problems that answer a request, or the message that it is, lead to. */
export const setProblemTypes = (key: object, given: ProblemTypes | undefined): void => {
  if (given) types.set(key, given);
};

/** `key`: the request, or its message's context. */
export const httpProblemOf = (error: ServiceError, key: object | undefined, traceparent?: string): HttpProblem => {
  const { base, isComplete } = (key && types.get(key)) ?? { base: '', isComplete: false };
  const traceId = traceparent === undefined ? undefined : traceIdOf({ traceparent });
  const hasType = base && (isComplete || isInCatalogue(error.reason));
  return {
    ...(hasType && { type: (isComplete ? '' : pathPrefixOf(key)) + base + encodeURIComponent(error.reason) }),
    ...problemOf(error),
    instance: `urn:uuid:${randomUUID()}`,
    ...(traceId && { traceId }),
  };
};
