import { ServiceError } from '@fourfold/contracts/service-error';
import { describe, expect, it } from 'vitest';
import { isUnexpected, toServiceError } from './errors.ts';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });
/** As an ORM wraps what a driver throws. */
const wrapped = (cause: unknown) => new Error('Failed query: select 1', { cause });

describe('an error that is thrown', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    '08006',
    '53100',
    '53200',
    '53300',
    '57P01',
    '57P03',
    '57P05',
    '58030',
    '57014',
    '55P03',
    '25006',
    '25P03',
  ])('%s means that something is away', (code) => {
    for (const thrown of [withCode(code), wrapped(withCode(code)), wrapped(wrapped(withCode(code)))]) {
      expect(toServiceError(thrown)).toMatchObject({ code: 'UNAVAILABLE', cause: thrown });
      expect(isUnexpected(thrown)).toBe(false);
    }
  });

  it.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])('"%s" of pg means that the database is away', (message) => {
    expect(toServiceError(wrapped(new Error(message)))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it.each(['40001', '40P01'])('%s of PostgreSQL may be tried again', (code) => {
    expect(toServiceError(wrapped(withCode(code)))).toMatchObject({ code: 'ABORTED' });
    expect(isUnexpected(withCode(code))).toBe(false);
  });

  it.each(['23505', '23503', '42P01', '22P02', 'ERR_INVALID_ARG_TYPE'])('%s is a bug', (code) => {
    expect(toServiceError(wrapped(withCode(code)))).toMatchObject({ code: 'INTERNAL', message: 'internal error' });
    expect(isUnexpected(wrapped(withCode(code)))).toBe(true);
  });

  it('is away if what it came from is', () => {
    const away = new ServiceError('UNAVAILABLE', 'UNAVAILABLE', 'the database is unavailable');
    expect(toServiceError(wrapped(away))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(toServiceError(away)).toBe(away);
  });
});
