import type { Tree } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { appsOf } from '../workspace/apps.ts';
import { oneLine, withServices } from '../testing/tickets.ts';
import { refusal } from '../testing/tree.ts';
import { protoRootOf } from '../workspace/services.ts';
import operationGenerator from './generator.ts';

let tree: Tree;
beforeEach(async () => {
  tree = await withServices();
});
const add = (name: string, options = {}, service = 'tickets') =>
  operationGenerator(tree, { service, name, ...options });
const proto = (service = 'tickets') => oneLine(tree, `proto/${protoRootOf(tree)}/${service}/v1/${service}.proto`);
const contract = (service = 'tickets') => oneLine(tree, `libs/contracts/src/${service}.ts`);
const controller = () => oneLine(tree, 'apps/tickets/src/tickets.controller.ts');
const useCases = () => oneLine(tree, 'apps/tickets/src/tickets.service.ts');

describe('nx g operation', () => {
  it('adds a method, its input, its handler and a spec', async () => {
    await add('closeTicket');
    expect(proto()).toContain('rpc CloseTicket(CloseTicketRequest) returns (Ticket);');
    expect(proto()).toContain('message CloseTicketRequest { string ticket_id = 1; }');
    expect(contract()).toContain(`class CloseTicketDto { @Id() ticketId = ''; }`);
    expect(contract()).toContain(`closeTicket: { input: CloseTicketDto, http: 'POST /tickets/:ticketId/close' }`);
    expect(controller()).toContain(
      '@HttpCode(200) closeTicket(@Input() { ticketId }: CloseTicketDto): Promise<Ticket> { return this.tickets.close(ticketId); }',
    );
    expect(useCases()).toContain('close(ticketId: string): Promise<Ticket> { return this.get(ticketId); }');
    expect(tree.exists('apps/tickets/src/close-ticket.spec.ts')).toBe(true);
  });

  it.each([
    ['deleteTicket', {}, `http: 'DELETE /tickets/:ticketId'`],
    ['assignAgent', {}, `http: 'POST /tickets/:ticketId/assign-agent'`],
    ['watchTicket', { stream: true }, `http: 'GET /tickets/:ticketId/events'`],
    ['closeTicket', { transports: ['grpc'] }, 'closeTicket: { input: CloseTicketDto }'],
    ['closeTicket', { transports: ['http'] }, `{ input: CloseTicketDto, grpc: false, http: 'POST`],
    [
      'closeTicket',
      { command: true },
      `{ input: CloseTicketDto, rabbitmq: { queue: 'tickets.close-ticket', mode: 'command' } }`,
    ],
  ])('%s %j is reached where it should be', async (name, options, expected) => {
    await add(name, options);
    expect(contract()).toContain(expected);
  });

  it('adds a stream', async () => {
    await add('watchTicket', { stream: true });
    expect(controller()).not.toContain('HttpCode');
    expect(proto()).toContain('rpc WatchTicket(WatchTicketRequest) returns (stream Ticket);');
    expect(useCases()).toContain('watch(ticketId: string): Observable<Ticket>');
  });

  it('runs a command once per message, and adds RabbitMQ to its service', async () => {
    await add('archiveTicket', { command: true });
    expect(proto()).toContain('returns (google.protobuf.Empty);');
    expect(useCases()).toContain('this.inbox.once(transaction, idempotencyKey');
    expect(oneLine(tree, 'apps/tickets/src/main.ts')).toContain(`transports: ['grpc', 'rabbitmq']`);
    expect(appsOf(tree).find(({ name }) => name === 'tickets')!.needs).toContain('rabbitmq');
    expect(oneLine(tree, 'docker/compose.yaml')).toMatch(
      /tickets: <<: \*app.*rabbitmq: \{ condition: service_healthy \}/,
    );
  });

  it('gives a service the port that the transport needs', async () => {
    await add('printReport', { transports: ['grpc'] }, 'reports');
    expect(appsOf(tree).find(({ name }) => name === 'reports')!.grpc).toBeGreaterThan(50000);
    expect(oneLine(tree, 'apps/reports/src/main.ts')).toContain(`transports: ['grpc']`);
  });

  it('gives a use case its full name if the short one is taken', async () => {
    await add('databaseTicket');
    expect(useCases()).toContain('databaseTicket(ticketId: string): Promise<Ticket>');
  });

  it('leaves out gRPC if the service has none', async () => {
    await add('printReport', {}, 'reports');
    expect(contract('reports')).toContain(
      `{ input: PrintReportDto, grpc: false, http: 'POST /reports/:reportId/print' }`,
    );
  });

  it('answers with a message of its own if there is no resource to get', async () => {
    tree.write(
      'apps/tickets/src/tickets.service.ts',
      useCases().replace('async get(ticketId: string): Promise<Ticket>', 'async get(ticketId: string)'),
    );
    await add('closeTicket');
    expect(proto()).toContain('message CloseTicketResponse { string ticket_id = 1; }');
    expect(useCases()).toContain(
      'async close(ticketId: string): Promise<CloseTicketResponse> { return { ticketId }; }',
    );
  });

  it('edits files that were formatted in another way', async () => {
    for (const path of [
      'libs/contracts/src/tickets.ts',
      'apps/tickets/src/tickets.controller.ts',
      'apps/tickets/src/tickets.service.ts',
    ])
      tree.write(
        path,
        oneLine(tree, path)
          .replaceAll("'", '"')
          .replaceAll(/\/\*\*.*?\*\//g, ''),
      );
    await add('closeTicket');
    expect(contract()).toContain('closeTicket: { input: CloseTicketDto');
    expect(controller()).toContain('return this.tickets.close(ticketId);');
  });

  it.each([
    ['closeTicket', { service: 'tickts' }, 'There is no service tickts: there are '],
    ['close-ticket', {}, '"close-ticket" is not a valid name for an operation: write closeTicket'],
    ['delete', {}, '"delete" cannot be an operation: it is a reserved word'],
    ['ticket', {}, 'has a message Ticket: name the operation with a verb'],
    ['createTicket', {}, 'tickets has an operation createTicket already: libs/contracts/src/tickets.ts'],
    [
      'watchTicket',
      { stream: true, transports: ['http', 'kafka'] },
      'watchTicket is a stream, which kafka cannot carry: --transports=http,grpc',
    ],
    ['closeTicket', { command: true, stream: true }, 'closeTicket cannot be a stream and a command'],
    [
      'closeTicket',
      { command: true, transports: ['http'] },
      'closeTicket is a command, which is reached by its queue only: --transports=rabbitmq',
    ],
    ['closeTicket', { transports: ['smtp'] }, 'There is no transport smtp'],
  ])('refuses %s %j before it writes anything', async (name, options, message) => {
    expect(await refusal(tree, () => add(name, options))).toContain(message);
  });

  it('refuses a route, a message or a method that exists', async () => {
    await add('closeTicket');
    expect(await refusal(tree, () => add('closeTicket'))).toBe(
      'tickets has an operation closeTicket already: libs/contracts/src/tickets.ts',
    );
    const taken =
      'tickets has the route POST /tickets/:ticketId/close already: close needs another name, or transports without http';
    expect(await refusal(tree, () => add('close'))).toBe(taken);
    tree.write('libs/contracts/src/tickets.ts', contract().replaceAll("'", '"'));
    expect(await refusal(tree, () => add('close'))).toBe(taken);
    tree.write(
      `proto/${protoRootOf(tree)}/tickets/v1/tickets.proto`,
      `${proto()} message OpenTicketRequest {}`.replaceAll('message', '\nmessage'),
    );
    expect(await refusal(tree, () => add('openTicket'))).toContain('has a message OpenTicketRequest already');
  });
});
