import type { Tree } from '@nx/devkit';
import { beforeEach, describe, expect, it } from 'vitest';
import serviceGenerator from '../service/generator.ts';
import { appsOf } from '../workspace/apps.ts';
import { oneLine, withServices } from '../testing/tickets.ts';
import { refusal } from '../testing/tree.ts';
import clientGenerator from './generator.ts';

let tree: Tree;
beforeEach(async () => {
  tree = await withServices();
});
const add = (service: string, target: string) => clientGenerator(tree, { service, target });

describe('nx g client', () => {
  it('lets one service call another', async () => {
    await add('reports', 'tickets');
    expect(tree.read('apps/reports/src/tickets.client.ts', 'utf8')).toContain(
      'abstract class TicketsClient extends clientOf(TicketsContract) {}',
    );
    expect(oneLine(tree, 'apps/reports/src/reports.config.ts')).toContain(`@IsGrpcTarget() TICKETS_GRPC_URL = '';`);
    expect(oneLine(tree, 'apps/reports/src/reports.module.ts')).toMatch(
      /provideConfig\(ReportsConfig\), provideClient\(TicketsClient, /,
    );
    expect(appsOf(tree).find(({ name }) => name === 'reports')!.calls).toEqual(['tickets']);
    const { grpc } = appsOf(tree).find(({ name }) => name === 'tickets')!;
    expect(oneLine(tree, 'docker/compose.yaml')).toContain(`TICKETS_GRPC_URL: tickets:${grpc}`);
    expect(tree.exists('apps/reports/src/tickets.client.spec.ts')).toBe(true);
  });

  it('lets it call several, by one configuration', async () => {
    await serviceGenerator(tree, { name: 'price-lists', transports: ['grpc'] });
    await add('reports', 'tickets');
    await add('reports', 'price-lists');
    expect(oneLine(tree, 'apps/reports/src/reports.config.ts')).toMatch(/TICKETS_GRPC_URL.*PRICE_LISTS_GRPC_URL/);
    expect(oneLine(tree, 'apps/reports/src/reports.module.ts').match(/provideConfig\(ReportsConfig\)/g)).toHaveLength(
      1,
    );
  });

  it('refuses before it writes anything', async () => {
    expect(await refusal(tree, () => add('tickets', 'reports'))).toContain('reports has no gRPC port');
    expect(await refusal(tree, () => add('tickets', 'tickets'))).toBe('tickets needs no client of itself');
    expect(await refusal(tree, () => add('tickets', 'nobody'))).toContain('There is no service nobody');
    await add('reports', 'tickets');
    expect(await refusal(tree, () => add('reports', 'tickets'))).toBe(
      'reports has a client of tickets already: apps/reports/src/tickets.client.ts',
    );
  });
});
