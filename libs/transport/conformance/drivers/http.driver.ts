import { Observable } from 'rxjs';
import { errorOf } from '../../src/errors.ts';
import { HttpClient } from '../../src/http/client.ts';
import type { Client, OutgoingCall } from '../../src/transport.ts';
import type { Driver } from './driver.ts';

export const openHttp = async (): Promise<Driver> => ({
  transport: 'http',
  client: ({ origin }) => new SseClient(origin),
  close: async () => {},
});

/** Our HTTP client, and a reader of Server-Sent Events, as a browser has one. */
class SseClient extends HttpClient implements Client {
  constructor(private readonly address: string) {
    super(address);
  }

  stream({ operation, input: { to, fails } }: OutgoingCall): Observable<unknown> {
    return new Observable((subscriber) => {
      const left = new AbortController();
      const read = async () => {
        const response = await fetch(`${this.address}/count/${to}?fails=${fails}`, { signal: left.signal });
        if (!response.ok) throw errorOf((await response.json()) as object);
        let hasBegun = false;
        for await (const [type, data] of eventsOf(response)) {
          if (type === 'error' && !hasBegun) throw new Error('a stream that fails at once must not answer 200');
          if (type === 'error') throw errorOf(JSON.parse(data));
          hasBegun = true;
          subscriber.next(operation.response.fromJSON(JSON.parse(data)));
        }
      };
      read().then(
        () => subscriber.complete(),
        (thrown: unknown) => subscriber.error(thrown),
      );
      return () => left.abort();
    });
  }
}

async function* eventsOf({ body }: Response): AsyncGenerator<[type: string, data: string]> {
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const value = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (value('data') !== undefined) yield [value('event') ?? 'message', value('data')!];
    }
  }
}
