/** The templates follow apps/orders. Their differences are listed here, so that they cannot drift apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Tree, visitNotIgnoredFiles, workspaceRoot } from '@nx/devkit';
import { beforeAll, describe, expect, it } from 'vitest';
import clientGenerator from '../client/generator.ts';
import eventGenerator from '../event/generator.ts';
import operationGenerator from '../operation/generator.ts';
import subscriberGenerator from '../subscriber/generator.ts';
import { removeApps } from '../workspace/apps.ts';
import { shapeOf } from '../testing/shape.ts';
import { workspaceTree } from '../testing/tree.ts';
import serviceGenerator from './generator.ts';

const CONTRACT = ['libs/contracts/src/orders.ts', 'libs/contracts/src/orders.errors.ts'];

/** `orders` made by the generators, in a workspace with the rest of the sample. */
const makeTwin = async (): Promise<Tree> => {
  const tree = workspaceTree(['gateway', 'orders', 'inventory', 'payments', 'notifications']);
  for (const folder of ['apps/orders', 'proto/shop/orders'])
    visitNotIgnoredFiles(tree, folder, (file) => tree.delete(file));
  for (const file of CONTRACT) tree.delete(file);
  removeApps(tree, ['orders']);
  await serviceGenerator(tree, { name: 'orders', transports: ['http', 'grpc', 'rabbitmq', 'kafka'], database: true });
  await operationGenerator(tree, { service: 'orders', name: 'watchOrder', stream: true });
  for (const name of ['orderPlaced', 'orderConfirmed', 'orderCancelled'])
    await eventGenerator(tree, { service: 'orders', name });
  for (const event of ['paymentSettled', 'paymentDeclined'])
    await subscriberGenerator(tree, { service: 'orders', event });
  await clientGenerator(tree, { service: 'orders', target: 'inventory' });
  return tree;
};

let twin: Tree;
beforeAll(async () => {
  twin = await makeTwin();
}, 60_000);

const sampleFiles = (folder: string) =>
  readdirSync(join(workspaceRoot, folder)).filter((file) => /\.(ts|json|txt)$/.test(file));
const twinFiles = (folder: string) => twin.children(folder).filter((file) => twin.isFile(`${folder}/${file}`));
const without = (some: string[], others: string[]) => some.filter((one) => !others.includes(one)).sort();

/** The sample places orders where the template creates them. */
const asTemplate = (line: string) =>
  line
    .replaceAll('placeOrder', 'createOrder')
    .replaceAll('PlaceOrder', 'CreateOrder')
    .replaceAll('placed ', 'created ');
const sampleText = (path: string) => readFileSync(join(workspaceRoot, path), 'utf8');
const shapes = (path: string) => {
  const sample = shapeOf(path, sampleText(path)).map(asTemplate);
  const template = shapeOf(path, twin.read(path, 'utf8')!);
  return { onlySample: without(sample, template), onlyTemplate: without(template, sample) };
};

describe('a service that the generators make', () => {
  it('has the files of the sample', () => {
    expect(without(sampleFiles('apps/orders'), twinFiles('apps/orders'))).toEqual([]);
    expect(without(twinFiles('apps/orders'), sampleFiles('apps/orders'))).toEqual([]);
    // the sample has a file for NOTIFY; each generated part has a spec of its own
    expect(without(sampleFiles('apps/orders/src'), twinFiles('apps/orders/src'))).toEqual(['order-changes.ts']);
    expect(without(twinFiles('apps/orders/src'), sampleFiles('apps/orders/src'))).toEqual([
      'inventory.client.spec.ts',
      'on-payment-declined.spec.ts',
      'on-payment-settled.spec.ts',
      'order-cancelled.spec.ts',
      'order-confirmed.spec.ts',
      'order-placed.spec.ts',
      'watch-order.spec.ts',
    ]);
  });

  it.each(['package.json', 'tsconfig.json', 'drizzle.config.ts', 'src/main.ts', 'src/inventory.client.ts'])(
    'has the %s of the sample, word for word',
    (file) => expect(twin.read(`apps/orders/${file}`, 'utf8')).toBe(sampleText(`apps/orders/${file}`)),
  );

  it.each(['src/orders.subscriber.ts', 'src/orders.config.ts', 'src/orders.schema.spec.ts'])(
    'has the shape of %s',
    (file) => expect(shapes(`apps/orders/${file}`)).toEqual({ onlySample: [], onlyTemplate: [] }),
  );

  it('has the shape of its controller; the sample has two operations more, not by POST as the generated ones', () => {
    expect(shapes('apps/orders/src/orders.controller.ts')).toEqual({
      onlySample: [
        'OrdersController.cancelOrder(@Input CancelOrderDto)',
        'OrdersController.listOrders(@Input ListOrdersDto)',
        'import CancelOrderDto from @fourfold/contracts/orders',
        'import ListOrdersDto from @fourfold/contracts/orders',
        'import ListOrdersResponse from @fourfold/contracts/gen/shop/orders/v1/orders',
      ],
      onlyTemplate: [],
    });
  });

  it('has the shape of its module, its errors and its place in the system', () => {
    expect(shapes('libs/contracts/src/orders.errors.ts')).toEqual({
      onlySample: ['const orderChanged'],
      onlyTemplate: [],
    });
    expect(shapes('apps/orders/src/orders.module.ts')).toEqual({
      onlySample: ['import OrderChanges from ./order-changes.ts'],
      onlyTemplate: [],
    });
    const entryOf = (text: string) => /\{ name: 'orders'.*?\}/s.exec(text)![0].replaceAll(/\d+|\s+/g, ' ');
    const system = 'tools/system/src/system.ts';
    expect(entryOf(twin.read(system, 'utf8')!)).toBe(entryOf(sampleText(system)));
  });

  it.each([
    ['apps/orders/src/orders.repository.ts', []],
    ['apps/orders/src/orders.schema.ts', []],
    ['apps/orders/src/orders.faults.spec.ts', []],
    // its only rule is how a resource is created
    [
      'apps/orders/src/order.ts',
      ['const created', 'import CreateOrderRequest from @fourfold/contracts/gen/shop/orders/v1/orders'],
    ],
    ['libs/contracts/src/orders.ts', ['@Name CreateOrderDto.name()', 'import Name from ./define/fields.ts']],
  ])('has nothing in %s that the sample lacks, except %j', (path, expected) => {
    expect(shapes(path).onlyTemplate).toEqual(expected);
  });

  it('has use cases like those of the sample, by their general names', () => {
    const { onlyTemplate } = shapes('apps/orders/src/orders.service.ts');
    expect(onlyTemplate.filter((line) => !line.startsWith('import '))).toEqual([
      'OrdersService.announceOrderCancelled(Transaction, OrderCancelled)',
      'OrdersService.announceOrderConfirmed(Transaction, OrderConfirmed)',
      'OrdersService.announceOrderPlaced(Transaction, OrderPlaced)',
      'OrdersService.create(CreateOrderDto, IdempotencyKey)',
      'OrdersService.onPaymentDeclined(PaymentDeclinedDto, IdempotencyKey)',
      'OrdersService.onPaymentSettled(PaymentSettledDto, IdempotencyKey)',
    ]);
  });
});
