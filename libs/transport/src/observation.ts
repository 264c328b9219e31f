import { channel } from 'node:diagnostics_channel';
import type { TransportName } from '@fourfold/contracts/contract';

/** What happened to a message, or to a connection. */
export interface Observation {
  readonly event:
    /** The handler is about to be called; once per attempt. */
    | 'received'
    | 'handled'
    /** A call that failed. Of a message that nobody waits for: an attempt; `retried`, `parked` or `dead-lettered` follows. */
    | 'failed'
    | 'retried'
    /** The broker keeps it for later attempts; other messages go on. */
    | 'parked'
    /** The broker did not take it for later attempts; that is tried again. */
    | 'park-failed'
    /** Something that a handler depends on is away: its messages wait with the broker, and no attempt counts. */
    | 'paused'
    /** What a handler depends on is back, after `duration`. */
    | 'resumed'
    | 'dead-lettered'
    /** The broker did not take the dead letter; it is tried again. */
    | 'dead-letter-failed'
    /** No handler here for a message that is meant for others, too. */
    | 'skipped'
    | 'published'
    | 'connected'
    | 'lost'
    /** There was no connection yet. */
    | 'unreachable'
    /** The broker is connected, and takes no messages for now. */
    | 'blocked';
  readonly transport: TransportName;
  /** The operation's or the event's full name. */
  readonly operation?: string;
  /** Where: `topic/partition/offset`, queue and message id, a broker's address. */
  readonly place?: string;
  /** Milliseconds: of `handled` and `failed` since the message was received, of `published` until the broker had it, of `resumed` since the handler was paused. */
  readonly duration?: number;
  /** How often the handler was called. */
  readonly attempts?: number;
  readonly error?: Error;
  /** Whether the error is a bug: neither declared by the contract, nor one of Nest's exceptions. */
  readonly isUnexpected?: boolean;
}

/** Of node:diagnostics_channel: logs subscribe here, and so can metrics and traces. */
export const OBSERVATIONS = 'fourfold:transport';

const observations = channel(OBSERVATIONS);

/** Publishes an observation to all subscribers, in the context of the message, if there is one. */
export const observe = (observation: Observation): void => {
  if (observations.hasSubscribers) observations.publish(observation);
};
