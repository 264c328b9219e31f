import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { LabelsContract, ParcelsContract, parcelSent } from '@fourfold/testing/parcels';
import type { Outcome, OutgoingMessage } from '@fourfold/transport/transport';
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Outbox, OUTBOX_CHANNEL } from '../src/outbox.ts';
import { Relay, type RelayOptions } from '../src/relay.ts';
import type { Subject } from './subject.ts';

const metadata = { traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01', tenant: '"a" & b' };

export const outboxSuite = <Transaction>(subject: Subject<Transaction>) =>
  describe('the outbox', () => {
    let outbox: Outbox<Transaction>;
    let listener: PoolClient;
    const relays: Relay[] = [];

    beforeEach(async () => {
      outbox = new Outbox(subject.adapter, () => metadata);
      listener = await subject.pool.connect();
      await listener.query(`listen ${OUTBOX_CHANNEL}`);
    });
    afterEach(async () => {
      await Promise.all(relays.splice(0).map((relay) => relay.stop()));
      listener.release(true);
    });

    const add = (parcelId: string) =>
      subject.begin((transaction) => outbox.add(transaction, parcelSent, { parcelId, senderId: 's' }));

    const relayTo = (
      publish: (messages: readonly OutgoingMessage[]) => Promise<void | readonly Outcome[]>,
      options: Partial<RelayOptions> = {},
    ) => {
      const publisher = {
        publish: async (messages: readonly OutgoingMessage[]) =>
          (await publish(messages)) ?? messages.map(() => undefined),
      };
      const relay = new Relay(subject.adapter, { kind: 'event', publisher, ...options });
      listener.on('notification', () => relay.wake());
      relays.push(relay);
      relay.start();
      return relay;
    };
    const unpublished = async () => {
      const { rows } = await subject.pool.query('select from outbox where published_at is null');
      return rows.length;
    };

    it('publishes what was committed, in order, and marks it', async () => {
      const published: OutgoingMessage[] = [];
      relayTo(async (messages) => void published.push(...messages));
      const began = Date.now();
      for (const id of ['1', '2', '3']) await add(id);
      await expect.poll(() => published.map(({ key }) => key)).toEqual(['1', '2', '3']);
      const [first] = published;
      expect(first).toEqual({
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        kind: 'event',
        type: 'parcels.v1.ParcelSent',
        destination: 'parcels.v1',
        key: '1',
        body: '{"parcelId":"1","senderId":"s"}',
        metadata,
        createdAt: expect.any(Date),
      });
      expect(first!.createdAt.getTime()).toBeGreaterThanOrEqual(began);
      expect(first!.createdAt.getTime()).toBeLessThanOrEqual(Date.now());
      await expect.poll(() => unpublished()).toBe(0);
    });

    it('publishes what waited, in order', async () => {
      const ids = Array.from({ length: 12 }, (_, index) => String(index));
      for (const id of ids) await add(id);
      const published: string[] = [];
      relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
      await expect.poll(() => published).toEqual(ids);
    });

    it('tells listeners of a message when its transaction commits', async () => {
      const notified = once(listener, 'notification');
      await add('1');
      expect(await notified).toMatchObject([{ channel: OUTBOX_CHANNEL }]);
    });

    it('publishes nothing of a transaction that was rolled back', async () => {
      const published: OutgoingMessage[] = [];
      relayTo(async (messages) => void published.push(...messages));
      const failed = subject.begin(async (transaction) => {
        await outbox.add(transaction, parcelSent, { parcelId: 'gone', senderId: 's' });
        throw new Error('no');
      });
      await expect(failed).rejects.toThrow('no');
      await add('kept');
      await expect.poll(() => published.map(({ key }) => key)).toEqual(['kept']);
    });

    it('publishes again what the broker did not take', async () => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
      onTestFinished(() => warn.mockRestore());
      const down = new Error('Kafka is not available', { cause: new Error('connect ECONNREFUSED') });
      const publish = vi.fn().mockRejectedValueOnce(down).mockResolvedValue(undefined);
      relayTo(publish);
      await add('1');
      await expect.poll(() => unpublished()).toBe(0);
      expect(publish.mock.calls.map(([messages]) => messages[0].key)).toEqual(['1', '1']);
      expect(warn.mock.calls).toEqual([['cannot publish events: connect ECONNREFUSED; they wait in the outbox']]);
    });

    it('keeps the kinds apart: a broker that is down stops its own messages alone', async () => {
      const published: string[] = [];
      relayTo(() => Promise.reject(new Error('down')), { kind: 'command' });
      relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
      await subject.begin((transaction) =>
        outbox.add(transaction, LabelsContract.printLabel, { parcelId: 'p', senderId: 's', weight: undefined }),
      );
      await add('1');
      await expect.poll(() => published).toEqual(['1']);
      await expect.poll(() => unpublished()).toBe(1);
    });

    it('keeps destinations apart: a queue that is full stops its own messages alone', async () => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
      onTestFinished(() => warn.mockRestore());
      const published: string[] = [];
      let isFull = true;
      relayTo(async (messages) =>
        messages.map(({ destination, key }): Outcome => {
          if (isFull && destination === 'full') return { error: new Error('message nacked'), isFinal: false };
          published.push(key);
          return undefined;
        }),
      );
      await subject.pool.query(`
        insert into outbox (id, kind, type, destination, key, body, metadata)
        select n, 'event', 'T', 'full', n, '{}', '{}' from generate_series(1, 250) n`); // more than a batch
      await add('other');
      await expect.poll(() => published).toEqual(['other']);
      expect(warn.mock.calls).toEqual([['cannot publish events to full: message nacked; they wait in the outbox']]);
      isFull = false;
      const all = Array.from({ length: 250 }, (_, index) => String(index + 1));
      await expect.poll(() => published, { timeout: 5000 }).toEqual(['other', ...all]);
    });

    it('publishes in order, each once, if several relays run', { timeout: 60_000 }, async () => {
      const published: string[] = [];
      for (let replica = 0; replica < 3; replica++)
        relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
      const ids = Array.from({ length: 300 }, (_, index) => String(index));
      for (const id of ids) await add(id);
      await expect.poll(() => published).toHaveLength(300);
      expect(published).toEqual(ids);
    });

    const refusing = (refused: string) => {
      const published: string[] = [];
      const publish = async (messages: readonly OutgoingMessage[]) =>
        messages.map(({ body }): Outcome => {
          const { parcelId, senderId } = JSON.parse(body);
          if (senderId === refused) return { error: new Error('the message is larger than 1 MiB'), isFinal: true };
          published.push(`${parcelId} ${senderId}`);
          return undefined;
        });
      return { published, publish };
    };
    const addAll = async (...all: string[]) => {
      for (const [parcelId, senderId] of all.map((one) => one.split(' ')))
        await subject.begin((transaction) =>
          outbox.add(transaction, parcelSent, { parcelId: parcelId!, senderId: senderId! }),
        );
    };
    const silently = () => {
      const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
      onTestFinished(() => error.mockRestore());
      return error;
    };

    it('parks what its broker refuses for good, with its reason; everything else goes on', async () => {
      const error = silently();
      const { published, publish } = refusing('poison');
      await addAll('a 1', 'a poison', 'a 2', 'b 1');
      relayTo(publish);
      await expect.poll(() => published).toEqual(['a 1', 'a 2', 'b 1']);
      await addAll('a 3');
      await expect.poll(() => published).toEqual(['a 1', 'a 2', 'b 1', 'a 3']);
      const { rows } = await subject.pool.query('select parked_reason from outbox where parked_at is not null');
      expect(rows).toEqual([{ parked_reason: 'the message is larger than 1 MiB' }]);
      expect(error.mock.calls).toEqual([[expect.stringMatching(/^parcels.v1.ParcelSent .* is parked in the outbox/)]]);
    });

    it('lets later messages of its key wait if told so, until it is released', async () => {
      silently();
      const { published, publish } = refusing('poison');
      await addAll('a 1', 'a poison');
      relayTo(publish, { onDead: 'hold' });
      await expect
        .poll(async () => (await subject.pool.query('select from outbox where parked_at is not null')).rowCount)
        .toBe(1);
      await addAll('a 2', 'b 1', 'a 3');
      await expect.poll(() => published).toEqual(['a 1', 'b 1']);
      await subject.pool.query(`update outbox set parked_at = null, body = replace(body, 'poison', 'fixed')`);
      await expect.poll(() => published).toEqual(['a 1', 'b 1', 'a fixed', 'a 2', 'a 3']);
    });

    it('lets later messages of its key wait if told so, also those that are in the same batch', async () => {
      silently();
      const { published, publish } = refusing('poison');
      await addAll('a 1', 'a poison', 'a 2', 'b 1', 'a 3');
      const relay = relayTo(publish, { onDead: 'hold' });
      await expect.poll(() => published).toContain('b 1');
      await addAll('b 2');
      await expect.poll(() => published).toEqual(['a 1', 'b 1', 'b 2']);
      await expect.poll(() => relay.age()).toBe(0); // what is held does not wait for a broker
      await subject.pool.query(`update outbox set parked_at = null, body = replace(body, 'poison', 'fixed')`);
      await expect.poll(() => published).toEqual(['a 1', 'b 1', 'b 2', 'a fixed', 'a 2', 'a 3']);
    });

    it('keeps no transaction open while its broker takes its time', async () => {
      const answer = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      relayTo(async () => {
        begun.resolve();
        await answer.promise;
      });
      await add('1');
      await begun.promise;
      const { rows } = await subject.pool.query(
        `select state from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
      );
      expect(rows).toEqual([]);
      answer.resolve();
      await expect.poll(() => unpublished()).toBe(0);
    });

    it('is taken over from a relay that has frozen', async () => {
      await subject.pool.query(
        `insert into leases values ('outbox event', 'another replica', now() + interval '1 second')`,
      );
      const published: string[] = [];
      relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
      await add('1');
      await expect.poll(() => published).toEqual(['1']);
    });

    it('is left alone by a relay that was frozen while it read, and has lost it', async () => {
      const publish = vi.fn(async () => []);
      const taken = Promise.withResolvers<void>();
      const clock = vi.spyOn(performance, 'now');
      onTestFinished(() => clock.mockRestore());
      const query = async (text: string, values?: readonly unknown[]) => {
        const rows = await subject.adapter.query<any>(text, values);
        if (/from outbox/.test(text) && rows.length) {
          await subject.pool.query(
            `update leases set owner = 'another replica', expires_at = now() + interval '1 minute'`,
          );
          clock.mockReturnValue(Number.MAX_SAFE_INTEGER);
          taken.resolve();
        }
        return rows;
      };
      await add('1');
      const relay = new Relay({ query }, { kind: 'event', publisher: { publish } });
      relay.start();
      await taken.promise;
      await relay.stop();
      expect(publish).not.toHaveBeenCalled();
    });

    it('is handed over at once by a relay that stops', async () => {
      relayTo(async () => {});
      await add('1');
      await expect.poll(() => unpublished()).toBe(0);
      await relays.pop()!.stop();
      expect((await subject.pool.query('select from leases')).rowCount).toBe(0);
    });

    it('tells how long its oldest message has waited', async () => {
      const relay = relayTo(() => Promise.reject(new Error('down')));
      expect(await relay.age()).toBe(0);
      await add('1');
      await subject.pool.query(`update outbox set created_at = now() - interval '70 seconds'`);
      expect(await relay.age()).toBeCloseTo(70, 0);
    });

    it('refuses to store what no relay of this service would send', async () => {
      const commandsOnly = new Outbox(subject.adapter, () => metadata, ['command']);
      const adding = subject.begin((transaction) =>
        commandsOnly.add(transaction, parcelSent, { parcelId: 'p', senderId: 's' }),
      );
      await expect(adding).rejects.toThrow(
        'parcels.v1.ParcelSent is an event, and this service publishes none: add it to MessagingModule.forRoot({ publishes })',
      );
    });

    it('refuses to store a call, which has an answer', async () => {
      const { getParcel } = ParcelsContract;
      const adding = subject.begin((transaction) => outbox.add(transaction, getParcel, { parcelId: 'p' }));
      await expect(adding).rejects.toThrow(
        'parcels.v1.ParcelsService/GetParcel is a call: only commands and events can be sent without an answer',
      );
    });
  });
