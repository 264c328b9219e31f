/** What a transport is: see the interfaces below. */
import type { Metadata } from '@fourfold/contracts/metadata';

/** Names a message among its redeliveries. Its id is unique within its source, the service that sent it (CloudEvents 1.0). */
export interface IdempotencyKey {
  /** Empty where the sender did not name itself. */
  source: string;
  id: string;
}

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
  metadata: Metadata;
  createdAt: Date;
}

/** Hands messages to a broker. */
export interface Publisher {
  /** Resolves once the broker has them all; in order per key. */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
}
