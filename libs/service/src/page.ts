import { idOfPageToken, pageTokenAfter } from '@fourfold/transport/page-token';

/** Items per page, if the caller names no size. */
const DEFAULT_PAGE_SIZE = 50;

/**
 * The page that the caller asked for (google.aip.dev/158). `findAfter` returns the first `limit` items whose id is greater
 * than `id`, in the order of their ids. INVALID_ARGUMENT if the page token is not one of ours.
 */
export const pageOf = async <T>(
  { pageSize, pageToken }: { pageSize: number; pageToken: string },
  idOf: (item: T) => string,
  findAfter: (id: string, limit: number) => Promise<T[]>,
): Promise<{ items: T[]; nextPageToken: string }> => {
  const size = pageSize || DEFAULT_PAGE_SIZE;
  const found = await findAfter(idOfPageToken(pageToken), size + 1); // one more tells whether there is a next page
  const items = found.slice(0, size);
  return { items, nextPageToken: found.length > size ? pageTokenAfter(idOf(items.at(-1)!)) : '' };
};
