import { type Observable, throwError, timeout } from 'rxjs';
import { currentCall, timeLeft } from './context.ts';
import { deadlineExceeded } from './errors.ts';

/** The answer, or DEADLINE_EXCEEDED at the deadline of the call in hand. Of a stream, that bounds its first message. */
export const inTime = <T>(answer: Observable<T>, name: string): Observable<T> => {
  const { deadline } = currentCall() ?? {};
  if (deadline === undefined) return answer;
  return answer.pipe(timeout({ first: timeLeft(deadline), with: () => throwError(() => deadlineExceeded(name)) }));
};
