import { runOutside } from '@fourfold/transport/context';
import { defer, finalize, Observable, ReplaySubject, share } from 'rxjs';

/**
 * One source for all who watch the same thing in this process: `source` is subscribed to by the first watcher of a key and
 * unsubscribed from by the last. Who comes later begins with the latest message. No watcher's deadline ends it for the others.
 */
export const sharedStream = <T>(source: (key: string) => Observable<T>): ((key: string) => Observable<T>) => {
  const shared = new Map<string, Observable<T>>();
  const open = (key: string) =>
    new Observable<T>((subscriber) => runOutside(() => source(key).subscribe(subscriber))).pipe(
      finalize(() => shared.delete(key)),
      share({ connector: () => new ReplaySubject<T>(1) }),
    );
  return (key) =>
    defer(() => {
      const stream = shared.get(key) ?? open(key);
      shared.set(key, stream);
      return stream;
    });
};
