import type { IdempotencyKey } from '@fourfold/transport/transport';
import { describe, expect, it, vi } from 'vitest';
import { Inbox } from '../src/inbox.ts';
import type { Subject } from './subject.ts';

export const inboxSuite = <Transaction>(subject: Subject<Transaction>) =>
  describe('the inbox', () => {
    const receive = (effect: () => Promise<void>, key: IdempotencyKey = { source: 'orders', id: 'm-1' }) =>
      subject.begin((transaction) => new Inbox(subject.adapter).once(transaction, key, effect));

    it('runs the effect of a message once', async () => {
      const effect = vi.fn().mockResolvedValue(undefined);
      await Promise.all([receive(effect), receive(effect), receive(effect)]);
      expect(effect).toHaveBeenCalledTimes(1);
    });

    it('takes messages of one id from two sources for two messages', async () => {
      const effect = vi.fn().mockResolvedValue(undefined);
      for (const source of ['orders', 'payments', '', 'orders']) await receive(effect, { source, id: 'm-1' });
      expect(effect).toHaveBeenCalledTimes(3);
    });

    it('refuses another message with the same source and id', async () => {
      const key = { source: 'orders', id: 'm-1', fingerprint: 'a' };
      const effect = vi.fn().mockResolvedValue(undefined);
      await receive(effect, key);
      await receive(effect, key);
      await expect(receive(effect, { ...key, fingerprint: 'b' })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'MESSAGE_ID_REUSED',
        message: 'the id m-1 of orders belongs to another message',
      });
      expect(effect).toHaveBeenCalledTimes(1);
    });

    it('forgets a message whose effect failed', async () => {
      await expect(receive(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
      const effect = vi.fn().mockResolvedValue(undefined);
      await receive(effect);
      expect(effect).toHaveBeenCalledTimes(1);
    });
  });
