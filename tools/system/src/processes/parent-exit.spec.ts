import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Holds a connection like the program of ../fixtures/parent.ts, and writes when it was asked to stop. */
const APP = `
const socket = require('node:net').connect(process.env.PORT, '127.0.0.1', () => socket.write('app\\n'));
process.once('SIGTERM', () => socket.end('stopped\\n'));
socket.resume();`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fourfold-kill-'));
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'dist/main.js'), APP);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a parent process', () => {
  for (const signal of ['SIGKILL', 'SIGHUP', 'SIGTERM'] as const) {
    it(`leaves nothing behind after ${signal}: programs end, and apps finish first`, async () => {
      const { port, said, closed, close } = await listen(2);
      const parent = spawn(
        process.execPath,
        [join(import.meta.dirname, '../fixtures/parent.ts'), String(port), folder],
        {
          stdio: 'inherit',
        },
      );
      expect(await said(2)).toEqual(['app', 'program']);

      parent.kill(signal);

      await closed;
      expect(await said(3)).toEqual(['app', 'program', 'stopped']);
      close();
    });
  }
});

/** A server that collects the lines sent to it, and knows when its first `count` connections have all been closed. */
async function listen(count: number) {
  const lines: string[] = [];
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (data) => {
        lines.push(...data.toString().trim().split('\n'));
        server.emit('line');
      });
    socket.once('close', () => --count || server.emit('allClosed'));
  }).listen(0, '127.0.0.1');
  const closed = once(server, 'allClosed');
  await once(server, 'listening');
  const said = async (number: number) => {
    while (lines.length < number) await once(server, 'line');
    return lines.toSorted();
  };
  return { port: (server.address() as AddressInfo).port, said, closed, close: () => server.close() };
}
