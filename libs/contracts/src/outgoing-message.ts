import type { Operation } from './contract.ts';
import type { Event } from './event.ts';
import { toJson } from './json.ts';

/** A command or an event, ready to be published: plain data, so that it can be stored first. */
export interface OutgoingMessage {
  /** UUIDv7: AMQP `messageId`, CloudEvents `id`. */
  id: string;
  kind: 'command' | 'event';
  /** The operation's or the event's full name: AMQP `type`, CloudEvents `type`. */
  type: string;
  /** The queue or the topic. */
  destination: string;
  /** Messages of one key stay in order; a command has none. */
  key: string;
  /** JSON. */
  body: string;
  /** W3C Trace Context. */
  traceparent: string;
  createdAt: Date;
}
type Envelope = Pick<OutgoingMessage, 'id' | 'traceparent' | 'createdAt'>;

/** Whoever takes messages to their broker. Resolves once the broker has them all; in order per key. */
export interface Publisher {
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
}

/** What can be sent without an answer. */
export type Sendable<T> = Event<T> | Operation<T>;

export const messageOf = <T>(what: Sendable<T>, data: T, envelope: Envelope): OutgoingMessage =>
  'topic' in what
    ? {
        ...envelope,
        kind: 'event',
        type: what.type,
        destination: what.topic,
        key: String(data[what.key]),
        body: toJson(what.message, data),
      }
    : {
        ...envelope,
        kind: 'command',
        type: what.name,
        destination: queueOf(what),
        key: '',
        body: toJson(what.request, data),
      };

const queueOf = ({ name, bindings: { rabbitmq } }: Operation): string => {
  if (rabbitmq?.mode !== 'command')
    throw new TypeError(`${name} is no command: only commands and events can be sent without an answer`);
  return rabbitmq.queue;
};
