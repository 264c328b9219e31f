import type { ConsumerDeserializer } from '@nestjs/microservices';
import { connect } from 'amqplib';

/** Reads a command: the property `type` names its operation, the body is its input. A packet without an id is an event to Nest. */
export const commandDeserializer: ConsumerDeserializer = {
  deserialize: (data, properties) => (properties?.['type'] ? { pattern: String(properties['type']), data } : data),
};

/** How Fourfold declares the queue of a command. The broker refuses another declaration (406), which ends the process. */
export const queueOptionsOf = (queue: string) =>
  quorum({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': `${queue}.dead` });

/** Nest declares its queue only. Without this one the broker drops its dead letters. */
export const declareDeadLetterQueue = async (url: string, queue: string): Promise<void> => {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  await channel.assertQueue(`${queue}.dead`, quorum());
  await connection.close();
};

const quorum = (deadLetters: object = {}) => ({
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000, ...deadLetters },
});
