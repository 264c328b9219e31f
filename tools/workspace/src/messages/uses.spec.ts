import { expect, it } from 'vitest';
import { bookLost, books, BooksContract, bookLent } from './books.fixture.ts';
import { usesIn } from './uses.ts';

const IMPORT = `import { BooksContract, bookLost, bookLent } from '@any/contracts/books';\n`;
const usesOf = (...texts: string[]) =>
  usesIn(
    'app',
    texts.map((text) => IMPORT + text),
    [books],
  );
const { lendBook, watchBook, printLabel } = BooksContract;

it('a controller handles every operation of its contract', () => {
  const { handles, sends } = usesOf(`@Implements(BooksContract) export class BooksController {}`);
  expect([...handles]).toEqual([lendBook, watchBook, printLabel]);
  expect([...sends]).toEqual([]);
});

it('a subscriber handles the events that it is decorated with, and sends none', () => {
  const { handles, sends } = usesOf(`class Subscriber { @On(bookLent) bookLent(@Input() input: BookLentDto) {} }`);
  expect([...handles]).toEqual([bookLent]);
  expect([...sends]).toEqual([]);
});

it.each([
  ['an argument', 'outbox.add(transaction, bookLent, {})'],
  ['one of two', 'outbox.add(transaction, isThere ? bookLent : other, {})'],
  ['a variable', 'const what = bookLent; outbox.add(transaction, what, {})'],
  ['a shorthand property', 'announce({ bookLent })'],
  ['a property', 'announce({ event: bookLent })'],
])('an event that is %s is sent', (_, code) => {
  const { sends, handles } = usesOf(code);
  expect([...sends]).toEqual([bookLent]);
  expect([...handles]).toEqual([]);
});

it('a command is sent by its name in the contract, and a call is not', () => {
  const { sends } = usesOf(
    `outbox.add(transaction, BooksContract.printLabel, {}); requests.claim(BooksContract.lendBook, input)`,
  );
  expect([...sends]).toEqual([printLabel]);
});

it.each([
  ['imported', ''],
  ['exported', 'export { bookLent };'],
  ['a type', 'type Sent = typeof bookLent;'],
  ['read from', 'Logger.log(bookLent.type, BooksContract.printLabel.name)'],
  ['the name of something else', 'class Service { bookLent() {} }'],
  ['the name of a property', 'announce({ bookLent: 1 }); it.bookLent()'],
  ['in a comment', '/** {@link bookLent} */ const one = 1;'],
])('an event that is only %s is not sent', (_, code) => {
  expect([...usesOf(code).sends]).toEqual([]);
});

it('a name that the app gives an event is followed', () => {
  const { sends } = usesIn('app', [`import { bookLost as lost } from '@any/contracts/books'; add(lost)`], [books]);
  expect([...sends]).toEqual([bookLost]);
});

it('what another file exports under the same name is something else', () => {
  const { sends } = usesIn('app', [`import { bookLost } from './books.ts'; add(bookLost)`], [books]);
  expect([...sends]).toEqual([]);
});

const CLIENT = 'abstract class BooksClient extends clientOf(BooksContract) {}';

it.each([
  ['a constructor', 'class A { constructor(private readonly books: BooksClient) { this.books.lendBook({}); } }'],
  ['a property', 'class A { @Inject() books!: BooksClient; send() { return this.books.lendBook({}); } }'],
  ['a parameter', 'const send = (books: BooksClient) => books.lendBook({});'],
  ['a variable', 'const books = app.get(BooksClient); books.lendBook({});'],
])('an operation is called on a client that is %s', (_, code) => {
  const { sends, clients, handles } = usesOf(CLIENT, code);
  expect([...sends]).toEqual([lendBook]);
  expect([...clients]).toEqual([BooksContract]);
  expect([...handles]).toEqual([]);
});

it('a client that nobody calls is still a client', () => {
  const { sends, clients } = usesOf(CLIENT, 'class A { constructor(private readonly books: Books) {} }');
  expect([...sends]).toEqual([]);
  expect([...clients]).toEqual([BooksContract]);
});
