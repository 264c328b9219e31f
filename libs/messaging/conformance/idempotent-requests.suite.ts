import type { Operation } from '@fourfold/contracts/contract';
import { idempotencyKeyReused } from '@fourfold/contracts/idempotency.errors';
import { describe, expect, it } from 'vitest';
import { IdempotentRequests } from '../src/idempotent-requests.ts';
import type { Subject } from './subject.ts';

const operation = (name: string) =>
  ({
    name: `test.v1.TestService/${name}`,
    request: { encode: (text: string) => ({ finish: () => Buffer.from(text) }) },
  }) as unknown as Operation<string>;
const [open, close] = [operation('Open'), operation('Close')];

export const idempotentRequestsSuite = (subject: Subject<unknown>) =>
  describe('a request with an idempotency key', () => {
    const requests = () => new IdempotentRequests(subject.adapter);
    const key = { source: '', id: 'k' };

    it('has one result, made by ten at once and one later', async () => {
      const ask = (id: string) => requests().claim(open, 'door', key, id);
      const results = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(`r-${index}`)));
      expect(new Set(results).size).toBe(1);
      expect(await ask('late')).toBe(results[0]);
    });

    it("is its caller's own, its source's, and its operation's", async () => {
      const ofAlice = { ...key, caller: 'alice' };
      expect(await requests().claim(open, 'door', ofAlice, 'r-1')).toBe('r-1');
      expect(await requests().claim(open, 'window', { ...ofAlice, caller: 'bob' }, 'r-2')).toBe('r-2');
      expect(await requests().claim(open, 'window', { ...ofAlice, source: 'gateway' }, 'r-3')).toBe('r-3');
      expect(await requests().claim(close, 'door', ofAlice, 'r-4')).toBe('r-4');
      expect(await requests().claim(open, 'door', ofAlice, 'r-5')).toBe('r-1');
    });

    it('is refused if the key named another request', async () => {
      await requests().claim(open, 'door', key, 'r-1');
      const error = await requests()
        .claim(open, 'window', key, 'r-2')
        .catch((thrown: unknown) => thrown);
      expect(idempotencyKeyReused.matches(error)).toBe(true);
    });
  });
