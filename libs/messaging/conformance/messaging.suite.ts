import { readFileSync } from 'node:fs';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import pg from 'pg';
import { afterEach, beforeEach, describe } from 'vitest';
import { cleanupSuite } from './cleanup.suite.ts';
import { idempotentRequestsSuite } from './idempotent-requests.suite.ts';
import { inboxSuite } from './inbox.suite.ts';
import { outboxSuite } from './outbox.suite.ts';
import type { Access, Subject } from './subject.ts';

const SCHEMA = readFileSync(new URL('../schema.sql', import.meta.url), 'utf8');

/** All that libs/messaging promises, over the real PostgreSQL. An adapter is right if it passes. */
export const messagingSuite = <Transaction>(name: string, access: (pool: pg.Pool) => Access<Transaction>) =>
  describe(`messaging over ${name}`, () => {
    const subject = {} as Subject<Transaction>;
    beforeEach(async () => {
      const pool = new pg.Pool({ connectionString: await freshDatabase() });
      await pool.query(SCHEMA);
      Object.assign(subject, { pool }, access(pool));
    });
    afterEach(() => subject.pool.end());

    outboxSuite(subject);
    inboxSuite(subject);
    idempotentRequestsSuite(subject);
    cleanupSuite(subject);
  });
