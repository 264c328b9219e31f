import { Decisions, type Decision, type DecisionsOptions } from './decisions.ts';

/** What may go wrong, within what the protocols allow a correct broker to do, and how often of a thousand opportunities. */
export const UNLUCKY = {
  /** A publish gets basic.nack, and is not enqueued. */
  'amqp.publish-refused': 10,
  /** A message is enqueued; the connection is lost before its confirm. */
  'amqp.confirm-lost': 10,
  /** The connection is lost before an acknowledgement is applied: the message is delivered again. */
  'amqp.acknowledgement-lost': 10,
  /** A consumer gets nothing for up to 100 ms. */
  'amqp.delivery-delayed': 50,
  /** The connection is lost after a delivery. */
  'amqp.connection-lost': 5,
  /** The channel is closed after a delivery, as if its acknowledgement had come too late. */
  'amqp.channel-closed': 5,
  /** The consumer is cancelled after a delivery, as when a queue gets a new leader. */
  'amqp.consumer-cancelled': 5,
  /** The connection is lost before a request is done. */
  'kafka.request-lost': 3,
  /** A request is done; the connection is lost before its answer. */
  'kafka.answer-lost': 3,
  /** An answer comes up to 100 ms later. */
  'kafka.answer-delayed': 20,
  /** A partition has no leader for up to half a second: nothing is appended or read. */
  'kafka.not-leader': 4,
  /** The broker has forgotten an idempotent producer: nothing is appended, and it must get a new id (UNKNOWN_PRODUCER_ID). */
  'kafka.producer-forgotten': 5,
  /** A group has another coordinator: nothing is done. */
  'kafka.not-coordinator': 10,
  /** A heartbeat finds a rebalance. */
  'kafka.rebalance': 10,
  /** A heartbeat comes too late: its member is not known any more. */
  'kafka.session-expired': 5,
} as const;

export type FaultKind = keyof typeof UNLUCKY;

/** How often of a thousand opportunities each happens; what is left out never does. */
export type Profile = Partial<Record<FaultKind, number>>;

export type Fault = Decision<FaultKind>;

/** Decides what goes wrong at the embedded brokers. */
export class Faults extends Decisions<FaultKind> {
  constructor({ profile = UNLUCKY, ...options }: Omit<DecisionsOptions<FaultKind>, 'kinds'>) {
    super({ ...options, profile, kinds: UNLUCKY });
  }
}
