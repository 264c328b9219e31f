import type { ServiceError } from '@fourfold/contracts/service-error';
import { invalidInput } from './errors.ts';
import { validate as isUuid } from 'uuid';

/** `next_page_token` of google.aip.dev/158: the page after this id. */
export const pageTokenAfter = (id: string): string => Buffer.from(id).toString('base64url');

/** The id that a page token was made of; empty for the first page. INVALID_ARGUMENT for what was never handed out. */
export const idOfPageToken = (pageToken: string): string => {
  const id = Buffer.from(pageToken, 'base64url').toString();
  if (pageToken && !(isUuid(id) && pageTokenAfter(id) === pageToken)) throw unknownPageToken();
  return id;
};

const unknownPageToken = (): ServiceError =>
  invalidInput([{ path: 'pageToken', rule: 'isPageToken', message: 'pageToken must be a nextPageToken of this list' }]);
