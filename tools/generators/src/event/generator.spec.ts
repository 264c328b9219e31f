import type { Tree } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { appsOf } from '../workspace/apps.ts';
import { oneLine, withServices } from '../testing/tickets.ts';
import { refusal } from '../testing/tree.ts';
import { protoRootOf } from '../workspace/services.ts';
import serviceGenerator from '../service/generator.ts';
import eventGenerator from './generator.ts';

let tree: Tree;
beforeEach(async () => {
  tree = await withServices();
});
const add = (name: string, service = 'tickets') => eventGenerator(tree, { service, name });

describe('nx g event', () => {
  it('adds a message, its declaration, and the method that publishes it', async () => {
    const root = protoRootOf(tree);
    await add('ticketClosed');
    expect(oneLine(tree, `proto/${root}/tickets/v1/events.proto`)).toContain(
      'message TicketClosed { string ticket_id = 1; }',
    );
    expect(oneLine(tree, 'libs/contracts/src/tickets.ts')).toContain(
      `export const ticketClosed = event('${root}.tickets.v1.TicketClosed', TicketClosed, { input: TicketClosedDto, topic: '${root}.tickets.v1', key: 'ticketId', });`,
    );
    expect(oneLine(tree, 'apps/tickets/src/tickets.service.ts')).toContain(
      'return this.outbox.add(transaction, ticketClosed, event);',
    );
    expect(oneLine(tree, 'apps/tickets/src/tickets.module.ts')).toContain(
      `MessagingModule.forRoot({ publishes: ['event'] })`,
    );
    expect(appsOf(tree).find(({ name }) => name === 'tickets')!.needs).toContain('kafka');
    expect(tree.exists('apps/tickets/src/ticket-closed.spec.ts')).toBe(true);
  });

  it('adds a second one beside the first', async () => {
    await add('ticketClosed');
    await add('ticketReopened');
    expect(oneLine(tree, 'libs/contracts/src/tickets.ts')).toMatch(
      /import \{ TicketClosed, TicketReopened \} from '\.\/gen.*ticketClosed = .*ticketReopened = /,
    );
    expect(oneLine(tree, 'apps/tickets/src/tickets.module.ts')).toContain(`publishes: ['event']`);
  });

  it('refuses before it writes anything', async () => {
    expect(await refusal(tree, () => add('reportPrinted', 'reports'))).toContain(
      'reports has no database. An event is published through the outbox',
    );
    expect(await refusal(tree, () => add('TicketClosed'))).toContain('write ticketClosed');
    expect(await refusal(tree, () => add('ticketNotFound'))).toContain('has a ticketNotFound already');
    expect(await refusal(tree, () => add('ticketsService'))).toContain('has a TicketsService already');
    expect(await refusal(tree, () => add('ticketClosed', 'nobody'))).toContain('There is no service nobody');
    await add('ticketClosed');
    await serviceGenerator(tree, { name: 'items', transports: ['grpc'], database: true });
    expect(await refusal(tree, () => add('ticketClosed', 'items'))).toContain(
      'libs/contracts/src/tickets.ts has an event ticketClosed',
    );
    expect(await refusal(tree, () => add('ticketClosed'))).toBe(
      'tickets has ticketClosed already: libs/contracts/src/tickets.ts',
    );
  });
});
