import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { LabelsContract, ParcelsContract, parcelSent } from '@fourfold/testing/parcels';
import type { OutgoingMessage } from '@fourfold/transport/transport';
import type { PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Outbox, OUTBOX_CHANNEL } from '../src/outbox.ts';
import { Relay } from '../src/relay.ts';
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
      publish: (messages: readonly OutgoingMessage[]) => Promise<void>,
      kind: 'event' | 'command' = 'event',
    ) => {
      const relay = new Relay(subject.adapter, kind, { publish });
      listener.on('notification', () => relay.wake());
      relays.push(relay);
      relay.start();
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
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/^cannot publish events: connect ECONNREFUSED; retrying in (1\d\d|200) ms$/)],
      ]);
    });

    it('keeps the kinds apart: a broker that is down stops its own messages alone', async () => {
      const published: string[] = [];
      relayTo(() => Promise.reject(new Error('down')), 'command');
      relayTo(async (messages) => void published.push(...messages.map(({ key }) => key)));
      await subject.begin((transaction) =>
        outbox.add(transaction, LabelsContract.printLabel, { parcelId: 'p', senderId: 's', weight: undefined }),
      );
      await add('1');
      await expect.poll(() => published).toEqual(['1']);
      await expect.poll(() => unpublished()).toBe(1);
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

    it('refuses to store a call, which has an answer', async () => {
      const { getParcel } = ParcelsContract;
      const adding = subject.begin((transaction) => outbox.add(transaction, getParcel, { parcelId: 'p' }));
      await expect(adding).rejects.toThrow(
        'parcels.v1.ParcelsService/GetParcel is a call: only commands and events can be sent without an answer',
      );
    });
  });
