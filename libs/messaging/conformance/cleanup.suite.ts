import { describe, expect, it } from 'vitest';
import { Cleanup } from '../src/cleanup.ts';
import type { Subject } from './subject.ts';

export const cleanupSuite = <Transaction>(subject: Subject<Transaction>) =>
  describe('the clean-up', () => {
    const fill = (table: string, columns: string, time: string, age: string, count: number) =>
      subject.pool.query(
        `insert into ${table} (${columns}, ${time})
         select ${columns
           .split(', ')
           .map(() => 'n')
           .join(', ')}, now() - interval '${age}' from generate_series(1, ${count}) n`,
      );
    const countOf = async (table: string) =>
      (await subject.pool.query(`select count(*)::int from ${table}`)).rows[0].count;

    it('deletes what is old, however much, and nothing else', async () => {
      await fill('inbox', 'source, id', 'received_at', '2 hours', 2500);
      await subject.pool.query(`insert into inbox (source, id) values ('orders', 'new')`);
      await fill(
        'idempotent_requests',
        'operation, caller, source, id, fingerprint, result_id',
        'requested_at',
        '2 hours',
        10,
      );
      await subject.pool.query(`
        insert into outbox (id, kind, type, destination, key, body, metadata, created_at, published_at, parked_at)
        select n, 'event', 'T', 't', n, '{}', '{}', now() - interval '1 day',
          case when n <= 3 then now() - interval '2 hours' when n = 4 then now() end, case when n = 5 then now() end
        from generate_series(1, 6) n`);
      const hour = 3_600_000;
      await new Cleanup(subject.adapter, { outbox: hour, inbox: hour, requests: hour }).run();
      expect(await countOf('inbox')).toBe(1);
      expect(await countOf('idempotent_requests')).toBe(0);
      const { rows } = await subject.pool.query('select id from outbox order by position');
      expect(rows.map(({ id }) => id)).toEqual(['4', '5', '6']); // just published, parked, not published
    });

    it('leaves out tables that a service does not have', async () => {
      await subject.pool.query('drop table inbox, idempotent_requests');
      await new Cleanup(subject.adapter, { outbox: 1, inbox: 1, requests: 1 }).run();
      expect(await countOf('outbox')).toBe(0);
    });
  });
