import type { Contract } from '@fourfold/contracts/contract';
import { expect, it } from 'vitest';
import { Catalogue } from './catalogue.ts';
import type { Message } from './contracts.ts';
import { messagesPage } from './messages-page.ts';
import { bookLost, books, BooksContract, bookLent } from './books.fixture.ts';
import type { Uses } from './uses.ts';

const { lendBook, watchBook, printLabel } = BooksContract;
const uses = (
  app: string,
  { handles = [], sends = [], clients = [] }: { handles?: Message[]; sends?: Message[]; clients?: Contract[] },
): Uses => ({
  app,
  handles: new Set(handles),
  sends: new Set(sends),
  clients: new Set(clients),
});
const pageOf = (all: Uses[], contracts = [books]) => {
  const apps = { books: { http: 4001, grpc: 4002 }, counter: { http: 4003 } };
  const addresses = { apps, rabbitmq: 'amqp://host:1', kafka: 'host:2' };
  return messagesPage(new Catalogue({ contracts, uses: all, host: 'host', addresses }));
};
/** The lines from a heading to the next. */
const sectionOf = (page: string, heading: string) =>
  page
    .split(/\n(?=#)/)
    .find((one) => one.startsWith(`${heading}\n`))
    ?.trimEnd()
    .split('\n')
    .slice(2);

const everything = { handles: [lendBook, watchBook, printLabel], sends: [bookLent, bookLost, printLabel] };
const app = uses('books', everything);
const counter = uses('counter', { handles: [bookLent, bookLost], sends: [lendBook], clients: [BooksContract] });
const page = pageOf([app, counter]);

it('says where an operation is reached, who calls it, who handles it, and its dead letters', () => {
  expect(sectionOf(page, '### LendBook')).toEqual([
    '- call, input: `BookDto`',
    '- called by: counter',
    '- handled by: books',
    '',
    '| transport | operation | address | dead letters |',
    '| --- | --- | --- | --- |',
    '| HTTP | `POST /books` | `http://host:4001` |',
    '| gRPC | `/library.BooksService/LendBook` | `host:4002` |',
    '| RabbitMQ | queue `books.lend` | `amqp://host:1` | `books.lend.dead` |',
    '| Kafka | topic `library.books.in` | `host:2` | `library.books.in.books.dead` |',
  ]);
});

it('says that clients outside call what no app calls', () => {
  expect(sectionOf(page, '### WatchBook')).toEqual([
    '- stream, input: `BookDto`',
    '- called by: no app, only clients outside',
    '- handled by: books',
    '',
    '| transport | operation | address |',
    '| --- | --- | --- |',
    '| HTTP | `GET /books/:bookId/events` | `http://host:4001` |',
  ]);
});

it('says of a command that it is on its queue alone', () => {
  expect(sectionOf(page, '### PrintLabel')).toEqual([
    '- command, input: `BookDto`',
    '- sent by: books',
    '- handled by: books',
    '',
    '| transport | operation | address | dead letters |',
    '| --- | --- | --- | --- |',
    '| RabbitMQ | queue `books.print-label` | `amqp://host:1` | `books.print-label.dead` |',
  ]);
});

it('says of an event its type, topic and key, who publishes it, and who hears it', () => {
  expect(sectionOf(page, '### BookLent')).toEqual([
    '- event `library.BookLent`, input: `BookDto`',
    '- topic: `library.books`, key: `bookId`',
    '- published by: books',
    '',
    '| heard by | dead-letter topic |',
    '| --- | --- |',
    '| counter | `library.books.counter.dead` |',
  ]);
});

it('lists all queues and all topics', () => {
  expect(sectionOf(page, '## Queues')?.slice(2)).toEqual([
    '| `books.lend` | LendBook | books | `books.lend.dead` |',
    '| `books.print-label` | PrintLabel | books | `books.print-label.dead` |',
  ]);
  expect(sectionOf(page, '## Topics')?.slice(2)).toEqual([
    '| `library.books.in` | LendBook | books | `library.books.in.books.dead` |',
    '| `library.books` | BookLent, BookLost | counter | `library.books.counter.dead` |',
  ]);
});

it('names the apps that have a client of a service', () => {
  expect(sectionOf(page, '## books')).toEqual(['`library.BooksService`. Apps that have a client of it: counter.']);
});

it('marks nothing where everything has a sender and a handler', () => {
  expect(page).not.toContain('⚠');
});

it('marks what nobody sends', () => {
  const marked = pageOf([uses('books', { ...everything, sends: [bookLent] }), counter]);
  expect(sectionOf(marked, '## Without sender or handler')).toEqual([
    '- `library.BooksService/PrintLabel` is sent by **⚠ nobody**',
    '- `library.BookLost` is sent by **⚠ nobody**',
  ]);
  expect(sectionOf(marked, '### PrintLabel')).toContain('- sent by: **⚠ nobody**');
  expect(sectionOf(marked, '### BookLost')).toContain('- published by: **⚠ nobody**');
  expect(sectionOf(marked, '### BookLent')).toContain('- published by: books');
});

it('marks what nobody handles', () => {
  const marked = pageOf([uses('books', { sends: everything.sends }), uses('counter', { handles: [bookLent] })]);
  expect(sectionOf(marked, '## Without sender or handler')).toEqual([
    '- `library.BooksService/LendBook` is handled by **⚠ nobody**',
    '- `library.BooksService/WatchBook` is handled by **⚠ nobody**',
    '- `library.BooksService/PrintLabel` is handled by **⚠ nobody**',
    '- `library.BookLost` is handled by **⚠ nobody**',
  ]);
  expect(sectionOf(marked, '### LendBook')).toContain('- handled by: **⚠ nobody**');
  expect(sectionOf(marked, '### BookLost')).toContain('| **⚠ nobody** |  |');
  expect(sectionOf(marked, '## Topics')).toContain('| `library.books` | BookLost | **⚠ nobody** |  |');
});

it('marks an app that has no port for what it handles', () => {
  const marked = pageOf([uses('counter', { handles: [lendBook] })]);
  expect(sectionOf(marked, '### LendBook')).toContain(
    '| gRPC | `/library.BooksService/LendBook` | **⚠ counter has no port** |',
  );
});

it('says so where there is nothing yet', () => {
  const empty = pageOf([], []);
  expect(empty).toContain('There are none yet.');
  expect(empty).not.toContain('##');
});
