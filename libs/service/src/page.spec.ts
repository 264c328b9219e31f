import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pageOf } from './page.ts';

const listOf = (length: number) => Array.from({ length }, () => randomUUID()).toSorted();
const ask = (ids: string[], page: { pageSize?: number; pageToken?: string } = {}) =>
  pageOf(
    { pageSize: 0, pageToken: '', ...page },
    (id: string) => id,
    async (after, limit) => ids.filter((id) => id > after).slice(0, limit),
  );

describe('a page', () => {
  it('has the size that was asked for, and a token for what comes after it', async () => {
    const ids = listOf(5);
    const first = await ask(ids, { pageSize: 3 });
    expect(first.items).toEqual(ids.slice(0, 3));
    expect(await ask(ids, { pageSize: 3, pageToken: first.nextPageToken })).toEqual({
      items: ids.slice(3),
      nextPageToken: '',
    });
  });

  it('is the last if nothing comes after it, also if it is full', async () => {
    expect((await ask(listOf(3), { pageSize: 3 })).nextPageToken).toBe('');
    expect(await ask([])).toEqual({ items: [], nextPageToken: '' });
  });

  it('has 50 items if no size was asked for', async () => {
    const { items, nextPageToken } = await ask(listOf(51));
    expect(items).toHaveLength(50);
    expect(nextPageToken).not.toBe('');
  });

  it('goes on where the one before ended, whatever was deleted meanwhile', async () => {
    const ids = listOf(6);
    const { items, nextPageToken } = await ask(ids, { pageSize: 2 });
    const left = ids.filter((id) => id !== ids[0] && id !== items.at(-1) && id !== ids[2]);
    expect(await ask(left, { pageSize: 2, pageToken: nextPageToken })).toMatchObject({ items: [ids[3], ids[4]] });
  });

  it('is refused for a token that was never handed out', async () => {
    await expect(ask(listOf(1), { pageToken: 'x' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { violations: [{ path: 'pageToken', rule: 'isPageToken' }] },
    });
  });
});
