import { ServiceError } from '@fourfold/contracts/service-error';
import { errorOf, type Problem, unavailable } from '../../src/errors.ts';

/** What Nest's client threw: the problem document that the server sent, or what became of the connection. */
export const errorOfAnswer = (thrown: unknown): ServiceError => {
  if (thrown instanceof ServiceError) return thrown;
  if (thrown instanceof Error) return unavailable('the service is not available', thrown);
  return errorOf(thrown as Problem);
};
