import type { Codec, Dto } from './contract.ts';
import type { Exactly } from './exactly.ts';

/** Something that happened: heard by every group that subscribes, at least once, in order per key. */
export interface Event<T = any, D = any> {
  /** The message's full name, as CloudEvents `type`: `shop.orders.v1.OrderPlaced`. */
  readonly type: string;
  readonly message: Codec<T>;
  readonly input: Dto<D>;
  /** One topic per aggregate: all its event types are in it, so that none overtakes another. */
  readonly topic: string;
  /** The field whose value is the key: the aggregate's id. */
  readonly key: keyof T & string;
}

/** Declares an event. A DTO that drifts from its message does not compile. */
export const event = <T, D>(
  type: string,
  message: Codec<T>,
  options: {
    input: Dto<D> & (Exactly<D, T> extends true ? unknown : 'has not exactly the fields of the event');
    topic: string;
    key: keyof T & string;
  },
): Event<T, D> => ({ type, message, ...options });
