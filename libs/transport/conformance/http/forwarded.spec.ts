import { Controller, Get, type INestApplication, Req } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import { Subject, take } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathPrefix } from '../../src/http/path-prefix.ts';
import { Produces } from '../../src/http/produces.ts';
import { TrustedProxies } from '../../src/http/request/forwarded.ts';
import { sse } from '../../src/http/sse.ts';
import { startApplication } from '../application.ts';

const shared = new Subject<{ text: string }>();

@Controller('things')
class ThingsController {
  @Get()
  things(@Req() { ip, protocol, host }: { ip: string; protocol: string; host: string }) {
    return { self: `${pathPrefix()}/things`, ip, protocol, host };
  }
  @Get('none')
  none() {
    throw new ServiceError('NOT_FOUND', 'NOT_FOUND', 'no');
  }
  @Get('events')
  @Produces('text/event-stream')
  events() {
    return sse(shared.pipe(take(1)), () => ({ self: `${pathPrefix()}/things` }));
  }
}

const FORWARDED = {
  'x-forwarded-prefix': '/shop',
  'x-forwarded-for': '192.0.2.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'shop.example',
};

let apps: INestApplication[];
let trusting: string;
let others: string;
let nobody: string;
beforeAll(async () => {
  const problemTypes = { base: '/problems/', isComplete: false };
  const start = (trustedProxies?: string[]) =>
    startApplication([ThingsController], [], { http: { trustedProxies, problemTypes } });
  const started = [await start(['127.0.0.1']), await start(['10.0.0.0/8', '::1']), await start()];
  apps = started.map(({ app }) => app);
  [trusting, others, nobody] = started.map(({ origin }) => origin) as [string, string, string];
});
afterAll(() => Promise.all(apps.map((app) => app.close())));

const read = async (origin: string, path: string, headers: Record<string, string> = FORWARDED) => {
  const response = await fetch(origin + path, { headers, redirect: 'manual' });
  const text = await response.text();
  return { headers: response.headers, body: text ? JSON.parse(text) : undefined };
};

describe('what a trusted proxy says', () => {
  it('is what the handler knows of client and URI', async () => {
    const { body } = await read(trusting, '/things');
    expect(body).toEqual({ self: '/shop/things', ip: '192.0.2.7', protocol: 'https', host: 'shop.example' });
  });

  it('holds for redirects, and for the type of an error', async () => {
    expect((await read(trusting, '/%74hings?x=1')).headers.get('location')).toBe('/shop/things?x=1');
    for (const path of ['/things/none', '/nowhere', '/Things'])
      expect((await read(trusting, path)).body.type).toBe('/shop/problems/NOT_FOUND');
  });

  it('holds for each client of a stream that they share', async () => {
    const firstEvent = async (prefix: string) => {
      const headers = { accept: 'text/event-stream', 'x-forwarded-prefix': prefix };
      const text = await (await fetch(`${trusting}/things/events`, { headers })).text();
      return JSON.parse(/^data: (.*)$/m.exec(text)![1]!).self;
    };
    const both = [firstEvent('/a'), firstEvent('/b')];
    const emitting = setInterval(() => shared.next({ text: 'event' }), 10);
    expect(await Promise.all(both)).toEqual(['/a/things', '/b/things']);
    clearInterval(emitting);
  });

  it('is what answers vary by', async () => {
    expect((await read(trusting, '/things', {})).headers.get('vary')).toBe('X-Forwarded-Prefix');
    expect((await read(nobody, '/things', {})).headers.get('vary')).toBeNull();
  });

  it.each([
    '',
    '/',
    'shop',
    '//evil.example',
    '/a//b',
    '/..',
    '/a/../b',
    '/a b',
    '/%2f',
    '/a, /b',
    'https://evil.example',
  ])('is no prefix if it is not plain: `%s`', async (prefix) => {
    const { body } = await read(trusting, '/things', { 'x-forwarded-prefix': prefix });
    expect(body.self).toBe('/things');
  });

  it('may have a slash at its end, and several segments', async () => {
    const { body } = await read(trusting, '/things', { 'x-forwarded-prefix': '/eu/shop-1/' });
    expect(body.self).toBe('/eu/shop-1/things');
  });
});

describe('what anybody else says', () => {
  it.each([
    ['others are trusted', () => others],
    ['nobody is trusted', () => nobody],
  ])('is ignored if %s', async (_, origin) => {
    const { host } = new URL(origin());
    const { body } = await read(origin(), '/things');
    expect(body).toEqual({ self: '/things', ip: '127.0.0.1', protocol: 'http', host });
    expect((await read(origin(), '/%74hings')).headers.get('location')).toBe('/things');
    expect((await read(origin(), '/nowhere')).body.type).toBe('/problems/NOT_FOUND');
  });
});

describe('the proxies that are trusted', () => {
  it.each([
    ['10.0.0.0/8', '10.200.1.1', true],
    ['10.0.0.0/8', '::ffff:10.200.1.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::1', '127.0.0.1', false],
    ['0.0.0.0/0', undefined, false],
    ['0.0.0.0/0', 'a path', false],
  ])('%s: %s is %s', (list, address, isTrusted) => {
    expect(new TrustedProxies([list]).has(address)).toBe(isTrusted);
  });

  it.each(['10.0.0', '10.0.0.0/33', 'fd00::/129', '1.2.3.4/x', ':'])('cannot be %s', (list) => {
    expect(() => new TrustedProxies([list])).toThrow(`TRUSTED_PROXIES: ${list} is not an IP address or a subnet`);
  });
});
