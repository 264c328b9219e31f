import type { Operation } from '@fourfold/contracts/contract';
import type { Event } from '@fourfold/contracts/event';
import { toJson } from '@fourfold/contracts/json';
import type { OutgoingMessage } from './transport.ts';

/** What can be sent without an answer: an event, or an operation that is a command. */
export type Sendable<T> = Event<T> | Operation<T>;

/** A message as it is stored and published. */
export const messageOf = <T>(
  what: Sendable<T>,
  data: T,
  envelope: Pick<OutgoingMessage, 'id' | 'metadata' | 'createdAt'>,
): OutgoingMessage =>
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

const queueOf = ({ name, kind, bindings }: Operation): string => {
  if (kind !== 'command')
    throw new TypeError(`${name} is a ${kind}: only commands and events can be sent without an answer`);
  return bindings.rabbitmq!.queue;
};
