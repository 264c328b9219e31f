import type { Tree } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import eventGenerator from '../event/generator.ts';
import { appsOf } from '../workspace/apps.ts';
import { oneLine, withServices } from '../testing/tickets.ts';
import { refusal } from '../testing/tree.ts';
import subscriberGenerator from './generator.ts';

let tree: Tree;
beforeEach(async () => {
  tree = await withServices();
  for (const name of ['ticketClosed', 'ticketReopened']) await eventGenerator(tree, { service: 'tickets', name });
});
const add = (service: string, event = 'ticketClosed') => subscriberGenerator(tree, { service, event });

describe('nx g subscriber', () => {
  it('adds a handler for an event, on Kafka', async () => {
    await add('reports');
    expect(oneLine(tree, 'apps/reports/src/reports.subscriber.ts')).toContain(
      '@On(ticketClosed) ticketClosed(@Input() event: TicketClosedDto): Promise<void> { return this.reports.onTicketClosed(event); }',
    );
    expect(oneLine(tree, 'apps/reports/src/reports.module.ts')).toContain(
      'controllers: [ReportsController, ReportsSubscriber]',
    );
    expect(oneLine(tree, 'apps/reports/src/main.ts')).toContain(`transports: ['kafka']`);
    expect(appsOf(tree).find(({ name }) => name === 'reports')!.needs).toEqual(['kafka']);
    expect(tree.exists('apps/reports/src/on-ticket-closed.spec.ts')).toBe(true);
  });

  it('reacts once per message with a database, also to its own events', async () => {
    await add('tickets');
    await add('tickets', 'ticketReopened');
    expect(oneLine(tree, 'apps/tickets/src/tickets.subscriber.ts')).toMatch(
      /@IdempotencyKey\(\) idempotencyKey: IdempotencyKey.*@On\(ticketReopened\)/,
    );
    expect(oneLine(tree, 'apps/tickets/src/tickets.service.ts')).toContain(
      'this.inbox.once(transaction, idempotencyKey',
    );
  });

  it('refuses before it writes anything', async () => {
    expect(await refusal(tree, () => add('reports', 'ticketLost'))).toMatch(
      /^There is no event ticketLost: there are .*ticketClosed, ticketReopened/,
    );
    expect(await refusal(tree, () => add('nobody'))).toContain('There is no service nobody');
    await add('reports');
    expect(await refusal(tree, () => add('reports'))).toBe(
      'reports has a handler for ticketClosed already: apps/reports/src/reports.subscriber.ts',
    );
  });
});
