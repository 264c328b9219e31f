import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Addresses } from '../system.ts';
import { welcome } from './welcome.ts';

const AT: Addresses = {
  apps: { front: { http: 3000 }, warehouse: { http: 3001, grpc: 50051 }, post: { http: 3002, grpc: 50052 } },
  rabbitmq: 'amqp://127.0.0.1:5672',
  kafka: '127.0.0.1:9092',
};
const EXAMPLES = `HTTP      curl {http}/items -d '{"name":"{"}' # {http:front} {http:nobody}

gRPC      grpcurl {grpc} {grpc:post}
RabbitMQ  amqp-publish -u {rabbitmq} -r {prefix}items
Kafka     kcat -b {kafka} -t {prefix}items.v1
`;

let root: string;
const write = async (app: string, text: string) => {
  await mkdir(join(root, 'apps', app), { recursive: true });
  await writeFile(join(root, 'apps', app, 'examples.txt'), text);
};
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fourfold-welcome-'));
});
afterAll(() => rm(root, { recursive: true }));

it('names the addresses of each app', async () => {
  expect(await welcome(AT, root)).toBe(`
  front      http://127.0.0.1:3000
  warehouse  http://127.0.0.1:3001  gRPC 127.0.0.1:50051
  post       http://127.0.0.1:3002  gRPC 127.0.0.1:50052

Press Ctrl-C to stop everything.
`);
});

it('says how to start an app that was not started', async () => {
  expect(await welcome(AT, root, '', ['front'])).toContain(
    '  front      http://127.0.0.1:3000  not started: npx nx serve front\n  warehouse  http',
  );
});

it('prints the examples of the apps that have some, with the addresses of this run', async () => {
  await write('post', 'gRPC  grpcurl {grpc}\n');
  await write('warehouse', EXAMPLES);
  const [, , , , ...lines] = (await welcome(AT, root, 'my.')).split('\n');
  expect(lines).toEqual([
    '',
    '  To try warehouse, from another terminal:',
    '',
    `  HTTP      curl http://127.0.0.1:3001/items -d '{"name":"{"}' # http://127.0.0.1:3000 {http:nobody}`,
    '',
    '  gRPC      grpcurl 127.0.0.1:50051 127.0.0.1:50052',
    '  RabbitMQ  amqp-publish -u amqp://127.0.0.1:5672 -r my.items',
    '  Kafka     kcat -b 127.0.0.1:9092 -t my.items.v1',
    '',
    '  To try post, from another terminal:',
    '',
    '  gRPC  grpcurl 127.0.0.1:50052',
    '',
    'Press Ctrl-C to stop everything.',
    '',
  ]);
});
