import { currentMessage, runInContext } from '@fourfold/transport/context';
import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import { sharedStream } from './shared-stream.ts';

let sources: Subject<string>[];
let left: number;
let contexts: unknown[];
let watch: (key: string) => Observable<string>;
beforeEach(() => {
  sources = [];
  left = 0;
  contexts = [];
  watch = sharedStream(
    (key) =>
      new Observable((subscriber) => {
        contexts.push(currentMessage());
        const source = new Subject<string>();
        sources.push(source);
        const subscription = source.subscribe(subscriber);
        subscriber.next(`${key} now`);
        return () => {
          left++;
          subscription.unsubscribe();
        };
      }),
  );
});
const heardBy = (key: string) => {
  const heard: string[] = [];
  const subscription = watch(key).subscribe((message) => heard.push(message));
  return { heard, leave: () => subscription.unsubscribe() };
};

it('has one source for all who watch a key, and another one for another key', () => {
  const watchers = Array.from({ length: 100 }, () => heardBy('a'));
  heardBy('b');
  expect(sources).toHaveLength(2);
  sources[0]!.next('a later');
  for (const { heard } of watchers) expect(heard).toEqual(['a now', 'a later']);
});

it('begins with the latest message for who comes later', () => {
  heardBy('a');
  sources[0]!.next('a later');
  expect(heardBy('a').heard).toEqual(['a later']);
});

it('leaves its source with the last watcher, and begins anew with the next', () => {
  const [first, second] = [heardBy('a'), heardBy('a')];
  first.leave();
  expect(left).toBe(0);
  second.leave();
  expect(left).toBe(1);
  expect(heardBy('a').heard).toEqual(['a now']);
  expect(sources).toHaveLength(2);
});

it('begins anew after its source has ended or failed', () => {
  let count = 0;
  const ends = sharedStream(() => (count++, of('only')));
  const fails = sharedStream(() => (count++, throwError(() => new Error('no'))));
  for (const stream of [ends, fails]) for (let n = 0; n < 2; n++) stream('a').subscribe({ error: () => {} });
  expect(count).toBe(4);
});

it("does not end for all at the first watcher's deadline", () => {
  const context = { transport: 'http', metadata: {}, receivedAt: 0, signal: AbortSignal.abort() } as const;
  runInContext(context, () => heardBy('a'));
  expect(contexts).toEqual([undefined]);
  expect(sharedStream(() => NEVER)('a')).toBeInstanceOf(Observable);
});
