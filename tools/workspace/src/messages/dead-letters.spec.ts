import { expect, it } from 'vitest';
import * as kafka from '../../../../libs/transport/src/kafka/topology.ts';
import * as rabbitmq from '../../../../libs/transport/src/rabbitmq/topology.ts';
import { deadLetterQueueOf, deadLetterTopic } from './dead-letters.ts';

it('dead letters have the names that libs/transport gives them', () => {
  expect(deadLetterQueueOf('books.lend')).toBe(rabbitmq.deadLetterQueueOf('books.lend'));
  expect(deadLetterTopic('library.books', 'counter')).toBe(kafka.deadLetterTopic('library.books', 'counter'));
});
