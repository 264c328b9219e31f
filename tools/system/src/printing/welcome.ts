import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Addresses, HOST } from '../system.ts';

/** Printed if there is nothing to run. */
export const NO_APPS = 'There are no apps yet. Generate one: npx nx g service first --transports=http,grpc';

/** Printed once the system is ready: each app's addresses, then apps/<app>/examples.txt of the last three apps that have one. */
export async function welcome(at: Addresses, root: string, prefix = '', without: string[] = []): Promise<string> {
  const names = Object.keys(at.apps);
  const width = Math.max(0, ...names.map((name) => name.length));
  const endpoints = names.map((name) => {
    const parts = [name.padEnd(width), ...endpointsOf(name, at)];
    return [...parts, ...(without.includes(name) ? [`not started: npx nx serve ${name}`] : [])].join('  ');
  });
  const lines = [...endpoints, ...(await examples(at, root, prefix))];
  return `\n${lines.map((line) => (line ? `  ${line}` : '')).join('\n')}\n\nPress Ctrl-C to stop everything.\n`;
}

/** As many examples as fit a screen. */
const MAX_EXAMPLES = 3;

async function examples(at: Addresses, root: string, prefix: string): Promise<string[]> {
  const fileOf = (name: string) => join(root, 'apps', name, 'examples.txt');
  const names = Object.keys(at.apps).filter((one) => existsSync(fileOf(one)));
  const blocks = names.slice(-MAX_EXAMPLES).map(async (name) => {
    const text = await readFile(fileOf(name), 'utf8');
    return ['', `To try ${name}, from another terminal:`, '', ...fill(text, name, at, prefix).trimEnd().split('\n')];
  });
  return (await Promise.all(blocks)).flat();
}

/** Replaces `{http}` and `{grpc}` by the app's own addresses, `{http:front}` by another app's; also `{rabbitmq}`, `{kafka}`, `{prefix}`. */
function fill(text: string, own: string, at: Addresses, prefix: string): string {
  const servers: Record<string, string | undefined> = { rabbitmq: at.rabbitmq, kafka: at.kafka, prefix };
  return text
    .replace(/\{(rabbitmq|kafka|prefix)\}/g, (whole, name: string) => servers[name] ?? whole)
    .replace(/\{(http|grpc)(?::([\w-]+))?\}/g, (whole, protocol: 'http' | 'grpc', app: string = own) => {
      const port = at.apps[app]?.[protocol];
      return port ? addressOf(protocol, port) : whole;
    });
}

function endpointsOf(name: string, { apps }: Addresses): string[] {
  const { http, grpc } = apps[name]!;
  return [addressOf('http', http), ...(grpc ? [`gRPC ${addressOf('grpc', grpc)}`] : [])];
}

function addressOf(protocol: 'http' | 'grpc', port: number): string {
  return protocol === 'http' ? `http://${HOST}:${port}` : `${HOST}:${port}`;
}
