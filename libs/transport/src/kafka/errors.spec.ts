import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { isPermanent, isRefusal, sendErrorOf } from './errors.ts';

const protocolError = (type: string) => new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type }));

describe('an error of kafkajs', () => {
  it.each(['INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED', 'INVALID_RECORD', 'MESSAGE_TOO_LARGE'])(
    'is permanent if no retry changes it: %s',
    (type) => {
      expect(isPermanent(sendErrorOf(protocolError(type)))).toBe(true);
      expect(isPermanent(sendErrorOf(Object.assign(new Error('several'), { errors: [protocolError(type)] })))).toBe(
        true,
      );
    },
  );
  it('of a topic says nothing about the message, whose headers a dead letter then keeps', () => {
    expect(isRefusal(sendErrorOf(protocolError('INVALID_RECORD')))).toBe(true);
    expect(isRefusal(sendErrorOf(protocolError('TOPIC_AUTHORIZATION_FAILED')))).toBe(false);
  });
  it.each([protocolError('NOT_LEADER_FOR_PARTITION'), new TypeError('of undefined'), new RangeError('offset')])(
    'says nothing about the message otherwise: %s',
    (error) => {
      expect(sendErrorOf(error)).toMatchObject({ code: 'UNAVAILABLE' });
      expect(isPermanent(sendErrorOf(error))).toBe(false);
    },
  );
});
