import { ServiceError } from '@fourfold/contracts/service-error';
import { describe, expect, it } from 'vitest';
import { problemOf } from './errors.ts';
import { errorOfStatus, statusOf } from './grpc/errors.ts';

/** As HTTP/2 counts header lists (RFC 9113, 6.5.2): names, values, and 32 bytes for each. */
const trailerSize = (error: ServiceError): number => {
  const { code, details, metadata } = statusOf(error);
  const binary = (metadata!.get('grpc-status-details-bin')[0] as Buffer).toString('base64');
  const trailers = {
    'grpc-status': String(code),
    'grpc-message': encodeURI(details!),
    'grpc-status-details-bin': binary,
  };
  return Object.entries(trailers).reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
};
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

const TEXTS = {
  ASCII: 'x',
  'percent signs': '%',
  umlauts: 'ü',
  'Chinese characters': '漢',
  emoji: '🙂',
  'half an emoji': '\ud83d',
};

describe('an error that leaves the process', () => {
  it.each(Object.entries(TEXTS))('takes at most 8 KiB of trailers, and keeps its reason: %s', (_, letter) => {
    for (const length of [1, 85, 200, 1000, 100_000])
      for (const count of [0, 1, 19, 21, 500]) {
        const text = letter.repeat(length);
        const error = new ServiceError('ABORTED', 'STABLE_REASON', text, {
          violations: many(count, (n) => ({ path: `p[${n}].${text}`, rule: text, message: text })),
          metadata: Object.fromEntries(many(count, (n) => [`${n}-${text}`, text])),
          omittedViolations: 7,
          httpStatus: 409,
        });
        expect(trailerSize(error)).toBeLessThan(7.5 * 1024); // the rest is for the headers of an answer without a body
        expect(JSON.stringify(problemOf(error)).length).toBeLessThan(10 * 1024);
        const { code, details, metadata } = statusOf(error);
        const arrived = errorOfStatus({ code, details, metadata } as never, 'op');
        expect(arrived).toMatchObject({ code: 'ABORTED', reason: 'STABLE_REASON', httpStatus: 409 });
        expect((arrived.details.violations ?? []).length + arrived.details.omittedViolations!).toBe(count + 7);
        expect(problemOf(arrived)).toEqual(problemOf(error));
      }
  });
  it('is what it was if it is of ordinary size', () => {
    const details = {
      violations: many(20, (n) => ({
        path: `lines[${n}].productId`,
        rule: 'knownProduct',
        message: `no product p-${n}`,
      })),
      metadata: { orderId: 'o-1' },
    };
    expect(problemOf(new ServiceError('NOT_FOUND', 'NO_SUCH_THING', 'there is none', details))).toMatchObject(details);
  });
  it('keeps whole characters when it is shortened', () => {
    const { detail } = problemOf(new ServiceError('ABORTED', 'R', `a${'🙂'.repeat(1000)}`));
    expect(detail).toMatch(/^a(🙂)+…$/u);
  });
});

it('takes the code of a status whose details do not decode', () => {
  const { metadata } = statusOf(new ServiceError('ABORTED', 'R', 'text'));
  metadata!.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 1]));
  expect(errorOfStatus({ code: 10, details: 'text', metadata } as never, 'op')).toMatchObject({
    code: 'ABORTED',
    reason: 'ABORTED',
    message: 'op failed with ABORTED',
  });
});
