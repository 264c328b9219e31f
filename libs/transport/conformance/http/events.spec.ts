/** Server-Sent Events: what a browser, a proxy and a client that does not read see of them. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Observable, NEVER, concat, of, throwError, timer, mergeMap } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '@fourfold/contracts/service-error';
import { MAX_WAITING_BYTES } from '../../src/pipeline/outflow.ts';
import type { Reply } from '../gen/conformance/v1/conformance.ts';
import { type Service, startService } from '../service.ts';
import { soon, turn } from '../steps.ts';

const TEXT = 'x'.repeat(10_000);
const reply = (number: number, text = 'text'): Reply => ({ text, number });

let service: Service;
const opened: ClientRequest[] = [];
beforeEach(async () => {
  service = await startService(undefined, { heartbeat: 100 });
});
afterEach(async () => {
  for (const each of opened.splice(0)) each.destroy();
  await service.close();
});

const get = async (headers: Record<string, string> = {}): Promise<IncomingMessage> => {
  const sent = request(`${service.origin}/count/1`, { headers: { accept: 'text/event-stream', ...headers } });
  opened.push(sent.end());
  sent.on('error', () => {});
  const [response] = await once(sent, 'response');
  response.on('error', () => {});
  return response;
};
const textOf = async (response: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
};
const ids = (text: string) => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id!);

describe('an event stream', () => {
  it('names its events and says when to come again', async () => {
    service.work.source = () => of(reply(1), reply(2));
    const text = await textOf(await get());
    expect(text).toMatch(/^retry: [12]\d{3}\nid: \S{12}\ndata: \{.*\}\n\nid: \S{12}\ndata: \{.*\}\n\n$/);
    expect(new Set(ids(text)).size).toBe(2);
  });
  it('does not repeat the first event if the client has it', async () => {
    service.work.source = () => of(reply(1), reply(2));
    const [first, second] = ids(await textOf(await get()));
    expect(ids(await textOf(await get({ 'last-event-id': first! })))).toEqual([second]);
  });
  it('answers 204 to a client that has everything, so that it does not come again', async () => {
    service.work.source = () => of(reply(1));
    const [id] = ids(await textOf(await get()));
    const response = await get({ 'last-event-id': id! });
    expect([response.statusCode, await textOf(response)]).toEqual([204, '']);
  });
  it('sends its headers soon although nothing happens, and comments so that no proxy cuts it', async () => {
    service.work.source = () => NEVER;
    const begin = Date.now();
    const response = await get();
    expect(Date.now() - begin).toBeLessThan(2000); // 250 ms on an idle machine
    expect(response.headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'x-accel-buffering': 'no',
    });
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await soon(() => expect(text).toMatch(/^retry: \d+\n\n(:\n\n){2}/));
  });
  it('ends with an error event if its first message comes too late, and lasts longer once it has come', async () => {
    service.work.source = () => NEVER;
    const late = await textOf(await get({ 'connect-timeout-ms': '400' }));
    expect(late).toMatch(/event: error\ndata: \{.*"code":"DEADLINE_EXCEEDED"/);
    service.work.source = () => concat(of(reply(1)), timer(700).pipe(mergeMap(() => of(reply(2)))));
    expect(ids(await textOf(await get({ 'connect-timeout-ms': '400' })))).toHaveLength(2);
  });
  it('that fails soon fails with its status; later, with an event', async () => {
    const failure = () => throwError(() => new ServiceError('NOT_FOUND', 'NO_SUCH', 'no'));
    service.work.source = () => timer(20).pipe(mergeMap(failure));
    expect((await get()).statusCode).toBe(404);
    service.work.source = () => timer(500).pipe(mergeMap(failure));
    expect(await textOf(await get())).toMatch(/event: error\ndata: \{.*"reason":"NO_SUCH"/);
  });
});

describe('a client that does not read', () => {
  it('costs no more than what waits for it: a source is asked for no more', async () => {
    let asked = 0;
    service.work.source = async function* () {
      while (asked < 3000) yield reply(++asked, TEXT);
    };
    const response = await get(); // paused
    let before = -1;
    await soon(async () => {
      before = asked;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(asked).toBe(before);
    });
    expect(asked).toBeLessThan(3000);
    expect(ids(await textOf(response))).toHaveLength(3000);
  });
  it('is disconnected if the source cannot wait', async () => {
    let sent = 0;
    const left = Promise.withResolvers<void>();
    service.work.source = () =>
      new Observable((subscriber) => {
        const push = async () => {
          for (; !subscriber.closed && sent < 100_000; sent++) {
            subscriber.next(reply(sent, TEXT));
            if (sent % 10 === 0) await turn();
          }
        };
        void push();
        return () => left.resolve();
      });
    const response = await get();
    await left.promise;
    expect(sent * TEXT.length).toBeLessThan(MAX_WAITING_BYTES + 16 * 1024 * 1024); // the kernel takes some
    await expect(textOf(response)).rejects.toThrow('aborted');
  });
});
