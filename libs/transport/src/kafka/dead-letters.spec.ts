import { ServiceError } from '@fourfold/contracts/service-error';
import type { KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { failureHeaders } from '../consumer/dead-letter.ts';
import { deadLetterOf } from './dead-letters.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const why = failureHeaders(
  { error: new ServiceError('NOT_FOUND', 'GONE', 'gone'), attempts: 2 },
  { origin: 'orders/0/7', metadata: { traceparent } },
);

it('keeps headers without value as empty ones: kafkajs reads null and cannot write it', () => {
  const headers = { ce_type: null, zz: undefined, many: ['a', null], x: Buffer.from('x'), 'x-origin': 'theirs' };
  const message = { key: null, value: null, headers } as unknown as KafkaMessage;
  expect(deadLetterOf(message, why)).toEqual({
    key: null,
    value: null,
    headers: {
      ce_type: '',
      zz: '',
      many: ['a', ''],
      x: Buffer.from('x'),
      'x-error-code': 'NOT_FOUND',
      'x-error-reason': 'GONE',
      'x-error-message': 'gone',
      'x-attempts': '2',
      'x-origin': 'orders/0/7',
      traceparent,
    },
  });
});
