import { Decisions, type DecisionsOptions } from '@fourfold/embedded-brokers/decisions';

/** What may go wrong between a service and its database, and how often of a thousand statements. */
export const UNLUCKY_DATABASE = {
  /** The connection is lost before a statement is done: its transaction is rolled back. */
  'database.statement-lost': 2,
  /** The connection is lost before COMMIT is done. */
  'database.commit-lost': 15,
  /** COMMIT is done; the connection is lost before its answer. */
  'database.commit-answer-lost': 15,
  /** This COMMIT of a process and its next two fail (40001 serialization_failure): their transactions are rolled back. */
  'database.commits-refused': 10,
  /** A statement waits for up to 100 ms. */
  'database.statement-delayed': 10,
  /** The process is killed before a statement is done. */
  'process.killed-before-statement': 0.2,
  /** A statement is done, and the process is killed before it has the answer. */
  'process.killed-after-statement': 0.2,
} as const;

export type DatabaseFault = keyof typeof UNLUCKY_DATABASE;

/** Decides what goes wrong between services and their databases. */
export class DatabaseFaults extends Decisions<DatabaseFault> {
  constructor(options: Omit<DecisionsOptions<DatabaseFault>, 'kinds'>) {
    super({ ...options, kinds: UNLUCKY_DATABASE });
  }
}
