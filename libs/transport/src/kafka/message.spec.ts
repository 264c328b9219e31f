import { describe, expect, it } from 'vitest';
import { attributesOf, toCloudEvent } from './message.ts';

const message = {
  id: '018f',
  kind: 'event',
  type: 'shop.orders.v1.OrderPlaced',
  destination: 'shop.orders.v1',
  key: 'o-1',
  body: '{}',
  metadata: { traceparent: '00-1-2-01' },
  createdAt: new Date(0),
} as const;

describe('CloudEvents', () => {
  it('carry their attributes as headers and their data as the value', () => {
    expect(toCloudEvent(message, 'orders')).toEqual({
      key: 'o-1',
      value: '{}',
      headers: {
        ce_specversion: '1.0',
        ce_id: '018f',
        ce_type: 'shop.orders.v1.OrderPlaced',
        ce_source: 'orders',
        ce_time: '1970-01-01T00:00:00.000Z',
        traceparent: '00-1-2-01',
        'content-type': 'application/json',
      },
    });
  });

  it('have no key where order does not matter', () => {
    expect(toCloudEvent({ ...message, key: '' }, 'orders').key).toBeNull();
  });

  it('are read from bytes, from text, and where nothing is', () => {
    expect(attributesOf({ ce_type: Buffer.from('T'), ce_id: ['1', '2'], traceparent: '' })).toEqual({
      type: 'T',
      id: '1',
    });
    expect(attributesOf(undefined)).toEqual({});
  });
});
