import { visitNotIgnoredFiles } from '@nx/devkit';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { appsOf } from '../workspace/apps.ts';
import { refusal, workspaceTree } from '../testing/tree.ts';
import { protoRootOf, scopeOf } from '../workspace/services.ts';
import serviceGenerator from './generator.ts';

const ALL = ['http', 'grpc', 'rabbitmq', 'kafka'];
const made = async (options: Partial<Parameters<typeof serviceGenerator>[1]> = {}) => {
  const tree = workspaceTree();
  await serviceGenerator(tree, { name: 'tickets', transports: ALL, database: true, ...options });
  return tree;
};
const contractOf = (tree: ReturnType<typeof workspaceTree>, name = 'tickets') =>
  tree.read(`libs/contracts/src/${name}.ts`, 'utf8')!;

describe('nx g service', () => {
  it('writes an app, its contract and its proto', async () => {
    const tree = await made();
    const files: string[] = [];
    visitNotIgnoredFiles(tree, 'apps', (path) => void files.push(path.replace('apps/tickets/', '')));
    const roles = [
      'controller',
      'faults.spec',
      'module',
      'repository',
      'schema',
      'schema.spec',
      'service',
      'service.spec',
    ];
    expect(files.sort()).toEqual(
      [
        'drizzle.config.ts',
        'examples.txt',
        'package.json',
        'src/main.ts',
        'src/ticket.spec.ts',
        'src/ticket.ts',
        'tsconfig.json',
      ]
        .concat(roles.map((role) => `src/tickets.${role}.ts`))
        .sort(),
    );
    const proto = `proto/${protoRootOf(tree)}/tickets/v1/tickets.proto`;
    for (const path of [
      'libs/contracts/src/tickets.ts',
      'libs/contracts/src/tickets.errors.ts',
      'e2e/src/tickets.spec.ts',
      proto,
    ])
      expect(tree.exists(path)).toBe(true);
  });

  it('gives it its own ports, a database, and what it needs, in system.ts and compose.yaml', async () => {
    const tree = await made();
    const before = appsOf(workspaceTree());
    const app = appsOf(tree).at(-1)!;
    expect(app).toMatchObject({ name: 'tickets', needs: ['database', 'rabbitmq', 'kafka'], calls: [] });
    expect(before.flatMap(({ http, grpc }) => [http, grpc])).not.toContain(app.http);
    expect(before.flatMap(({ http, grpc }) => [http, grpc])).not.toContain(app.grpc);
    const { services } = parse(tree.read('docker/compose.yaml', 'utf8')!, { merge: true });
    expect(services.tickets).toMatchObject({
      build: { args: { APP: 'tickets' } },
      environment: { HTTP_PORT: String(app.http), DATABASE_URL: 'postgres://postgres@postgres:5432/tickets' },
      ports: [`127.0.0.1:${app.http}:${app.http}`, `127.0.0.1:${app.grpc}:${app.grpc}`],
    });
    expect(tree.read('docker/databases.sql', 'utf8')).toMatch(/\ncreate database "tickets";\n$/);
  });

  it('reaches its operations over the requested transports only', async () => {
    const one = (text: string) => text.replaceAll(/\s+/g, ' ');
    const proto = protoRootOf(workspaceTree());
    expect(one(contractOf(await made()))).toContain(
      `createTicket: { input: CreateTicketDto, http: 'POST /tickets', rabbitmq: { queue: 'tickets.create-ticket' }, kafka: { topic: '${proto}.tickets.v1.in' }, }`,
    );
    expect(one(contractOf(await made({ transports: ['rabbitmq'] })))).toContain(
      `getTicket: { input: GetTicketDto, idempotent: true, grpc: false, rabbitmq: { queue: 'tickets.get-ticket' } }`,
    );
    const tree = await made({ transports: ['http'] });
    expect(one(contractOf(tree))).toContain(
      `getTicket: { input: GetTicketDto, idempotent: true, grpc: false, http: 'GET /tickets/:ticketId' }`,
    );
    expect(tree.read('apps/tickets/src/main.ts', 'utf8')).not.toContain('transports');
    expect(appsOf(tree).at(-1)).not.toHaveProperty('grpc');
  });

  it('keeps its state in memory, without a database and its packages, by default', async () => {
    const tree = await made({ database: false });
    expect(tree.exists('apps/tickets/src/tickets.schema.ts')).toBe(false);
    expect(tree.read('apps/tickets/package.json', 'utf8')).not.toMatch(/drizzle|messaging|"pg"/);
    expect(appsOf(tree).at(-1)!.needs).toEqual(['rabbitmq', 'kafka']);
  });

  it('takes names of several words, and the name of its resource', async () => {
    const tree = await made({ name: 'price-lists', resource: 'tariff' });
    const root = protoRootOf(tree);
    expect(tree.read(`proto/${root}/price_lists/v1/price_lists.proto`, 'utf8')).toContain(
      `package ${root}.price_lists.v1;`,
    );
    expect(contractOf(tree, 'price-lists')).toContain('GET /price-lists/:tariffId');
    expect(tree.exists('apps/price-lists/src/tariff.ts')).toBe(true);
    expect(tree.read('docker/databases.sql', 'utf8')).toContain('create database "price-lists";');
  });

  it('depends on the libs of this workspace by its scope', async () => {
    const tree = await made();
    const { name, dependencies } = JSON.parse(tree.read('apps/tickets/package.json', 'utf8')!);
    expect(name).toBe(`${scopeOf(tree)}/tickets`);
    expect(Object.keys(dependencies)).toContain(`${scopeOf(tree)}/messaging`);
  });

  it.each([
    [{ name: 'Tickets' }, '"Tickets" is not a valid name for a service: write tickets'],
    [{ name: 'class' }, '"class" cannot be a service: it is a reserved word'],
    [{ name: 'claim' }, '"claim" cannot be a service: the generated code uses this word, choose another name'],
    [{ name: 'contracts' }, 'There is a project contracts already: libs/contracts'],
    [{ name: 'e2e' }, 'There is a project e2e already'],
    [{ name: 'fields' }, 'libs/contracts/src/define/fields.ts exists already: choose another name'],
    [{ name: 'kafka' }, 'docker/compose.yaml has a service kafka already: choose another name'],
    [{ name: 'google' }, '"google" cannot be a service: it is a reserved word'],
    [{ name: 'mains' }, '"main" cannot be the resource of mains'],
    [{ name: 'idempotency' }, 'libs/contracts/src/define/idempotency.errors.ts'],
    [{ name: 'system' }, 'There is a project system already: tools/system'],
    [{ name: 'dates' }, '"date" cannot be the resource of dates (--resource names another): it is a reserved word'],
    [{ transports: ['soap'] }, 'There is no transport soap: there are http, grpc, rabbitmq, kafka'],
    [{ transports: [] }, 'No transport is given'],
    [
      { transports: ['kafka'] },
      'Over Kafka a service consumes messages and sends no replies: add http, grpc or rabbitmq',
    ],
  ])('refuses %j before it writes anything', async (options, message) => {
    const tree = workspaceTree();
    const run = () => serviceGenerator(tree, { name: 'tickets', transports: ALL, ...options });
    expect(await refusal(tree, run)).toContain(message);
  });

  it('says that the service exists when it runs twice', async () => {
    const tree = await made();
    const run = () => serviceGenerator(tree, { name: 'tickets', transports: ALL });
    expect(await refusal(tree, run)).toBe('The service tickets exists already: apps/tickets');
  });
});
