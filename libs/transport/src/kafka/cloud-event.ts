import type { OutgoingMessage } from '../transport.ts';
import type { IHeaders, Message } from 'kafkajs';

/** What a message says of itself: CloudEvents 1.0, Kafka binding in binary mode. Absent from foreign messages. */
export interface CloudEventAttributes {
  type?: string;
  id?: string;
  source?: string;
  /** RFC 3339. */
  time?: string;
  traceparent?: string;
}

/** The attributes are headers, the value is the data alone. `source` is the service's name. */
export const toCloudEvent = (message: OutgoingMessage, source: string): Message => ({
  key: message.key || null,
  value: message.body,
  headers: {
    ce_specversion: '1.0',
    ce_id: message.id,
    ce_type: message.type,
    ce_source: source,
    ce_time: message.createdAt.toISOString(),
    ...message.metadata,
    'content-type': 'application/json',
  },
});

export const attributesOf = (headers: IHeaders = {}): CloudEventAttributes => {
  const text = (name: string) => [headers[name]].flat()[0]?.toString() || undefined;
  return {
    type: text('ce_type'),
    id: text('ce_id'),
    source: text('ce_source'),
    time: text('ce_time'),
    traceparent: text('traceparent'),
  };
};
