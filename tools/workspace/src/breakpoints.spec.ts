import { accessSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AppProcess } from '@fourfold/system/processes/app-process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from './build.ts';

const MAIN = `import { priceOf } from './price.ts';

interface Order {
  lines: number;
}
const order: Order = { lines: 2 };
setInterval(() => console.log(priceOf(order.lines)), 20);
`;
const PRICE = `/** Cents. */
export type Price = number;

export function priceOf(lines: number): Price {
  const each: Price = 700;
  return each * lines;
}
`;
let folder: string;
let built: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'breakpoints-')));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'src/main.ts'), MAIN);
  await writeFile(join(folder, 'src/price.ts'), PRICE);
  built = join(folder, '.builds/1/apps/app'); // as npm start does
  await build(folder, built);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a debugger stops at a line of TypeScript in a process started by npm start', async () => {
  const url = Promise.withResolvers<string>();
  const app = new AppProcess({
    name: 'app',
    folder,
    main: join(built, 'main.js'),
    environment: { NODE_OPTIONS: '--inspect=127.0.0.1:0' }, // how an editor attaches to child processes
    output: (_, line) => {
      const [found] = /ws:\/\/\S+/.exec(line) ?? [];
      if (found) url.resolve(found);
    },
  });
  app.start();
  const inspector = new Inspector(await url.promise);
  try {
    await inspector.opened;
    const parsed = inspector.event('Debugger.scriptParsed', ({ url: script }) => script.endsWith('app/main.js'));
    await inspector.send('Debugger.enable');
    const { url: script, sourceMapURL } = await parsed;
    const map = await mapOf(join(built, sourceMapURL));

    const paused = inspector.event('Debugger.paused', ({ hitBreakpoints }) => hitBreakpoints.length > 0);
    await inspector.send('Debugger.setBreakpointByUrl', { url: script, ...positionOf(map, 'price.ts', 6) });
    const { callFrames } = await paused;
    const [{ callFrameId, functionName, location }] = callFrames;
    expect(functionName).toBe('priceOf');
    expect(map.findEntry(location.lineNumber, location.columnNumber)).toMatchObject({
      originalSource: join(folder, 'src/price.ts'),
      originalLine: 5,
    });
    const { result } = await inspector.send('Debugger.evaluateOnCallFrame', {
      callFrameId,
      expression: 'each * lines',
    });
    expect(result.value).toBe(1400);
  } finally {
    inspector.close();
    app.kill();
  }
});

it.each(['extensions', 'launch', 'settings', 'tasks'])('.vscode/%s.json is valid JSON and its paths exist', (name) => {
  const workspace = resolve(import.meta.dirname, '../../..');
  const text = readFileSync(join(workspace, `.vscode/${name}.json`), 'utf8');
  expect(JSON.parse(text)).toBeTypeOf('object');
  for (const [, path] of text.matchAll(/"\$\{workspaceFolder\}\/([^$*"]+)"/g)) accessSync(join(workspace, path!));
});

/** A bundle's source map, with absolute paths of its sources. */
async function mapOf(file: string): Promise<SourceMap> {
  const payload = JSON.parse(readFileSync(file, 'utf8'));
  return new SourceMap({
    ...payload,
    sources: payload.sources.map((source: string) => resolve(dirname(file), source)),
  });
}

/** The position in the bundle of a source line: `line` counts from 1, the result from 0 as the protocol does. */
function positionOf(map: SourceMap, source: string, line: number): { lineNumber: number; columnNumber: number } {
  const lines = readFileSync(join(built, 'main.js'), 'utf8').split('\n');
  for (const [lineNumber, text] of lines.entries())
    for (let columnNumber = 0; columnNumber < text.length; columnNumber++) {
      const entry = map.findEntry(lineNumber, columnNumber);
      if ('originalLine' in entry && entry.originalLine === line - 1 && entry.originalSource.endsWith(source))
        return { lineNumber, columnNumber };
    }
  throw new Error(`the bundle has no code from ${source}:${line}`);
}

/** A client of the Node inspector protocol. */
class Inspector {
  readonly #socket: WebSocket;
  readonly opened: Promise<unknown>;
  #sent = 0;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.opened = once(this.#socket, 'open');
  }

  async send(method: string, params = {}): Promise<any> {
    const id = ++this.#sent;
    const answer = this.#message((message) => message.id === id);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async event(method: string, fits: (params: any) => boolean): Promise<any> {
    return (await this.#message((message) => message.method === method && fits(message.params))).params;
  }

  close(): void {
    this.#socket.close();
  }

  #message(fits: (message: any) => boolean): Promise<any> {
    return new Promise((done) => {
      const listen = ({ data }: MessageEvent) => {
        const message = JSON.parse(data);
        if (!fits(message)) return;
        this.#socket.removeEventListener('message', listen);
        done(message);
      };
      this.#socket.addEventListener('message', listen);
    });
  }
}
