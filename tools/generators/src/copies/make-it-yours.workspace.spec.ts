/** Carries out docs/make-it-yours.md line by line: its commands, its code, and the results that it states. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workspaceRoot } from '@nx/devkit';
import pg from 'pg';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Running } from './running.ts';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy.ts';

const MINUTE = 60_000;
const page = readFileSync(join(workspaceRoot, 'docs/make-it-yours.md'), 'utf8');
const blocks = [...page.matchAll(/^```(\w+) ?(.*)\n([^]*?)^```$/gm)].map(([, language, info, text]) => ({
  language: language!,
  info: info!,
  text: text!,
}));
const isStart = ({ text }: (typeof blocks)[number]) => text.trim() === 'npm start';
const lines = (info: string) =>
  blocks
    .filter((block) => block.language === 'sh' && block.info === info && !isStart(block))
    .flatMap(({ text }) => text.trim().split('\n'));

let copy: WorkspaceCopy;
beforeAll(async () => {
  copy = await copyWorkspace();
}, 5 * MINUTE);
afterAll(() => copy?.remove());

describe('docs/make-it-yours.md', () => {
  it('leads from the clone to your own services, whose tests pass', { timeout: 15 * MINUTE }, async () => {
    const printed = new Map<string, string>();
    for (const { language, info, text } of blocks) {
      const [, path] = /title="(.*)"/.exec(info) ?? [];
      if (path) await (language === 'proto' ? replaceMessage : replace)(path, text);
      else if (info === '' && text.trim() !== 'npm start') printed.set(text.trim(), await copy.run(text));
    }
    const tests = printed.get('npm test')!;
    for (const project of ['tickets', 'reports', 'e2e'])
      expect(tests).toMatch(new RegExp(`${project}: [1-9]\\d* passed, 0 failed`));
  });

  it('has services that answer the examples of npm start, over each transport', { timeout: 5 * MINUTE }, async () => {
    const system = copy.start('npm start');
    await system.until(/Press Ctrl-C to stop everything/, 3 * MINUTE);
    for (const line of lines('in another terminal')) await copy.run(line);
    const examples = examplesOf(system);
    expect(Object.keys(examples)).toEqual(['HTTP', 'gRPC', 'RabbitMQ', 'Kafka']);
    for (const [transport, line] of Object.entries(examples))
      if (transport !== 'gRPC' || hasGrpcurl()) await copy.run(line);
    const count = 1 + (hasGrpcurl() ? 4 : 3);
    const tickets = () => query('tickets', 'select ticket_id from tickets');
    await expect.poll(() => tickets()).toHaveLength(count);

    const [{ ticket_id: ticketId }] = (await tickets()) as [{ ticket_id: string }];
    const closed = await fetch(`${/http:\/\/127[^ /]+/.exec(examples['HTTP']!)![0]}/tickets/${ticketId}/close`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(closed.status).toBe(200);
    expect(await closed.json()).toMatchObject({ ticketId });
    await system.until(new RegExp(`ticketClosed ${ticketId}`)); // reports heard it over Kafka
    expect(await query('reports', 'select id from inbox')).toHaveLength(1);
    await system.stop();
  });

  it('has one service served on its own', { timeout: 5 * MINUTE }, async () => {
    const [rest, one] = lines('in two terminals') as [string, string];
    const system = copy.start(rest);
    await system.until(/the system is ready/, 3 * MINUTE);
    const service = copy.start(one, { env: { NX_DEFAULT_OUTPUT_STYLE: 'stream' } }); // as in a terminal
    const [, url] = await service.until(/ready on (http\S+)/, MINUTE);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await service.stop();
    await system.stop();
  });
});

const hasGrpcurl = () => {
  try {
    return Boolean(execFileSync('sh', ['-c', 'command -v grpcurl']));
  } catch {
    return false;
  }
};

/** `HTTP      curl …`, as the terminal shows those of tickets. */
const examplesOf = ({ output }: Running): Record<string, string> => {
  const [, shown = ''] = output.slice(output.indexOf('To try tickets')).split('To try ');
  const found = shown.matchAll(/^ *(HTTP|gRPC|RabbitMQ|Kafka) {2,}((?:curl|grpcurl|amqp-publish|echo) .*)$/gm);
  return Object.fromEntries([...found].map(([, name, line]) => [name, line]));
};

const query = async (database: string, text: string): Promise<Record<string, string>[]> => {
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:5433/${database}` });
  await client.connect();
  return client
    .query(text)
    .then(
      ({ rows }) => rows,
      (error: unknown) => Promise.reject(error),
    )
    .finally(() => client.end());
};

/** A block of code replaces the method or exported variable of the same name in the file. */
const replace = async (path: string, block: string): Promise<void> => {
  const file = join(copy.folder, path);
  const text = await readFile(file, 'utf8');
  const old = named(path, text, nameIn(block));
  if (!old) throw new Error(`${path} has no ${nameIn(block)}, which docs/make-it-yours.md replaces`);
  await writeFile(file, text.slice(0, old.getFullStart()) + `\n\n${block.trimEnd()}` + text.slice(old.end));
};
const replaceMessage = async (path: string, block: string): Promise<void> => {
  const file = join(copy.folder, path);
  const text = await readFile(file, 'utf8');
  const [head] = block.split('\n');
  const start = text.indexOf(head!);
  if (start < 0) throw new Error(`${path} has no ${head}, which docs/make-it-yours.md replaces`);
  await writeFile(file, text.slice(0, start) + block + text.slice(text.indexOf('\n}\n', start) + 3));
};
const nameIn = (block: string): string => /(?:async|const) (\w+)/.exec(block)![1]!;
const named = (path: string, text: string, name: string): ts.Node | undefined => {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (ts.isMethodDeclaration(node) && node.name.getText() === name) return node;
    if (ts.isVariableStatement(node) && node.declarationList.declarations[0]!.name.getText() === name) return node;
    return ts.forEachChild(node, visit);
  };
  return visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
};
