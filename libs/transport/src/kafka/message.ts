import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { MessageKey } from '../consumer/message-key.ts';
import type { IncomingMessage, OutgoingMessage } from '../transport.ts';
import { readMetadata, writeMetadata } from './metadata.ts';

/** A record and its place. */
export interface Place {
  topic: string;
  partition: number;
  message: KafkaMessage;
}

/** `topic/partition/offset`. */
export const originOf = ({ topic, partition, message }: Place): string => `${topic}/${partition}/${message.offset}`;

/** How often a record was tried before it came to a retry topic. */
export const attemptsOf = ({ headers }: KafkaMessage): number => Number(headers?.['x-attempts']) || 0;

/** The CloudEvents attributes of a record are headers (Kafka binding, binary mode); absent from foreign messages. */
export const attributesOf = (
  headers: IHeaders = {},
): { type?: string; id?: string; source?: string; time?: string } => {
  const text = (name: string) => [headers[name]].flat()[0]?.toString() || undefined;
  return { type: text('ce_type'), id: text('ce_id'), source: text('ce_source'), time: text('ce_time') };
};

/** A record as a message. One without an id is named after its place. */
export const messageOf = (place: Place, origin = originOf(place)): IncomingMessage => {
  const { headers, value } = place.message;
  const { type = '', id = origin, source = '' } = attributesOf(headers);
  return {
    transport: 'kafka',
    name: type,
    metadata: readMetadata(headers),
    idempotencyKey: new MessageKey(source, id, type, value),
    isCall: false,
  };
};

/** CloudEvents 1.0, Kafka binding in binary mode: attributes are headers, the value is the data alone. `source` is the service's name. */
export const toCloudEvent = (message: OutgoingMessage, source: string): Message => ({
  key: message.key || null,
  value: message.body,
  headers: {
    ce_specversion: '1.0',
    ce_id: message.id,
    ce_type: message.type,
    ce_source: source,
    ce_time: message.createdAt.toISOString(),
    ...writeMetadata(message.metadata),
    'content-type': 'application/json',
  },
});
