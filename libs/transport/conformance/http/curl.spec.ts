/** As somebody types it: curl is a client that nobody here wrote. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Body, Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../application.ts';

@Controller('things')
class ThingsController {
  @Get()
  list() {
    return { text: 'x'.repeat(5000) };
  }
  @Post()
  post(@Body() body: { text: string }) {
    return { length: body.text.length };
  }
}

const run = promisify(execFile);
let app: INestApplication;
let origin: string;
let folder: string;
beforeAll(async () => {
  ({ app, origin } = await startApplication([ThingsController], [], { http: { compression: true } }));
  folder = await mkdtemp(join(tmpdir(), 'curl-'));
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const curl = async (path: string, ...options: string[]) =>
  (await run('curl', ['-sS', '-o', '-', '-w', '\n%{http_code} %{num_connects}', ...options, origin + path])).stdout;
const bodyOf = async (name: string, length: number) => {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify({ text: 'x'.repeat(length) }));
  return ['-H', 'content-type: application/json', '--data-binary', `@${file}`];
};

describe.skipIf(spawnSync('curl', ['--version']).error)('curl (install it if this is skipped)', () => {
  it('reads a compressed answer', async () => {
    expect(await curl('/things', '--compressed')).toMatch(/^\{"text":"x{5000}"\}\n200/);
  });
  it('follows to the one spelling, with its query and on the same connection', async () => {
    expect(await curl('/a/../%74hings?x=1', '--path-as-is', '-L')).toMatch(/\n200 1$/);
    expect(await curl('/a/../%74hings?x=1', '--path-as-is', '-w', '%{redirect_url}')).toContain('/things?x=1');
  });
  it('waits to be told to go on with a large body', async () => {
    const body = await bodyOf('large', 1_000_000);
    expect(await curl('/things', ...body, '-H', 'expect: 100-continue')).toBe('{"length":1000000}\n201 1');
  });
  it('hears that a body is too large, with and without waiting, whole and in chunks', async () => {
    const body = await bodyOf('too-large', 20_000_000);
    for (const field of ['expect: 100-continue', 'expect:', 'transfer-encoding: chunked'])
      expect(await curl('/things', ...body, '-H', field)).toMatch(/"reason":"PAYLOAD_TOO_LARGE".*\n413 1$/);
  });
  it('reads the header fields alone', async () => {
    expect(await curl('/things', '-I')).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(await curl('/things', '-I', '-X', 'OPTIONS')).toMatch(
      /^HTTP\/1.1 204 No Content\r\n[^]*Allow: GET, HEAD, OPTIONS, POST/i,
    );
  });
});
