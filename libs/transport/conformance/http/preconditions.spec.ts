import { Controller, Get, type INestApplication, Put } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IfMatch, IfNoneMatch } from '../../src/http/preconditions.ts';
import { startApplication } from '../application.ts';

let version = 1;
let built = 0;

@Controller('page')
class PageController {
  @Get()
  get(@IfNoneMatch() cached: IfNoneMatch) {
    return cached.answer(`"v${version}"`, () => ({ version, built: ++built }));
  }

  @Put()
  put(@IfMatch() ifMatch: IfMatch) {
    ifMatch.check(`"v${version}"`);
    return { version: ++version };
  }
}

let app: INestApplication;
let url: string;
beforeAll(async () => {
  const started = await startApplication([PageController], []);
  [app, url] = [started.app, `${started.origin}/page`];
});
afterAll(() => app.close());
beforeEach(() => {
  [version, built] = [1, 0];
});

const send = (method: string, headers: Record<string, string> = {}) => fetch(url, { method, headers });
const read = (field: string) => send('GET', { 'if-none-match': field });
const change = (field: string) => send('PUT', { 'if-match': field });

describe('If-Match', () => {
  it.each(['"v1"', '"v0", "v1"', '*'])('allows the change if it lists the version: %s', async (field) => {
    const response = await change(field);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ version: 2 });
  });

  it.each(['"v1;application/json"', '"v0", "v1;text/csv"'])(
    'does so if it is in another media type: %s',
    async (field) => {
      expect((await change(field)).status).toBe(200);
    },
  );

  it.each(['"v0"', 'W/"v1"', 'W/"v0", "v2"', '"v0;application/json"', 'W/"v1;text/csv"', ''])(
    'refuses it with 412 if it does not: `%s`',
    async (field) => {
      const response = await change(field);
      expect(response.status).toBe(412);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ reason: 'PRECONDITION_FAILED', metadata: { etag: '"v1"' } });
      expect(version).toBe(1);
    },
  );

  it('is required: 428', async () => {
    const response = await send('PUT');
    expect(response.status).toBe(428);
    expect(await response.json()).toMatchObject({ reason: 'PRECONDITION_REQUIRED' });
    expect(version).toBe(1);
  });

  it('is refused if it is malformed', async () => {
    const response = await change('v1');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ violations: [{ path: 'if-match', rule: 'entityTags' }] });
  });
});

describe('If-None-Match', () => {
  it.each(['"v1"', 'W/"v1"', '"v0", "v1"', '*'])('is answered 304 without building a body: %s', async (field) => {
    const response = await read(field);
    expect(response.status).toBe(304);
    expect(response.headers.get('etag')).toBe('"v1"');
    expect(await response.text()).toBe('');
    expect(built).toBe(0);
  });

  it.each(['"v2"', '"v1', ''])('is answered with the body and its ETag otherwise: `%s`', async (field) => {
    const response = await read(field);
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"v1"');
    expect(await response.json()).toEqual({ version: 1, built: 1 });
  });

  it('applies to HEAD, too', async () => {
    expect((await send('HEAD', { 'if-none-match': '"v1"' })).status).toBe(304);
    const response = await send('HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"v1"');
  });
});
