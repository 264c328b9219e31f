import type { Bindings, Operation, OperationKind } from '@fourfold/contracts/contract';
import type { Event } from '@fourfold/contracts/event';
import { contractFile } from './contracts.ts';

class BookDto {
  bookId = '';
}

const operation = (method: string, kind: OperationKind, bindings: Omit<Bindings, 'input'>): Operation =>
  ({
    name: `library.BooksService/${method}`,
    service: 'library.BooksService',
    method,
    kind,
    bindings: { input: BookDto, ...bindings },
  }) as Operation;

const event = (name: string): Event =>
  ({ type: `library.${name}`, topic: 'library.books', key: 'bookId', input: BookDto }) as unknown as Event;

export const BooksContract = {
  lendBook: operation('LendBook', 'call', {
    http: 'POST /books',
    rabbitmq: { queue: 'books.lend' },
    kafka: { topic: 'library.books.in' },
  }),
  watchBook: operation('WatchBook', 'stream', { http: 'GET /books/:bookId/events', grpc: false }),
  printLabel: operation('PrintLabel', 'command', { rabbitmq: { queue: 'books.print-label', mode: 'command' } }),
};
export const bookLent = event('BookLent');
export const bookLost = event('BookLost');

/** As libs/contracts/src/books.ts would be loaded. */
export const books = contractFile('books', { BookDto, BooksContract, bookLent, bookLost });
