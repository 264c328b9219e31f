import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AppSource, differences, readSource } from './app-source.ts';
import { ROOT } from '../run.ts';
import { type App, apps } from '../system.ts';

const filesOf = (app: string): string[] =>
  globSync(join('apps', app, 'src/**/*.ts'), { cwd: ROOT }).filter((file) => !/\.(spec|fixture)\.ts$/.test(file));
const sourceOf = (app: string): AppSource =>
  readSource(filesOf(app).map((file) => readFileSync(join(ROOT, file), 'utf8')));

describe('system.ts', () => {
  it('has exactly the apps of apps/', () => {
    const folders = globSync('apps/*/src/main.ts', { cwd: ROOT }).map((file) => file.split('/')[1]);
    expect(apps.map(({ name }) => name).sort()).toEqual(folders.sort());
  });

  it.each(apps)('states the same of $name as its main.ts and modules', (app) => {
    expect(differences(app, sourceOf(app.name))).toEqual([]);
  });
});

describe('the source of an app', () => {
  const main = `await startService({ name: 'shop', module: async () => ShopModule, transports: ['grpc', 'kafka'] });`;
  const module = `
    @Module({
      imports: [DatabaseModule.forRoot({ beside: import.meta.url }), AnyModule.forRoot({ publishes: ['command'] })],
      providers: [
        provideClient(StockClient, (config: ShopConfig) => grpcClient(config.STOCK_GRPC_URL), [ShopConfig]),
        provideClient(PriceListClient, ({ PRICE_LIST_GRPC_URL }: ShopConfig) => grpcClient(PRICE_LIST_GRPC_URL), [ShopConfig]),
      ],
    })
    export class ShopModule {}`;

  it('is read from main.ts and the modules', () => {
    expect(readSource([main, module])).toEqual({
      name: 'shop',
      transports: ['grpc', 'kafka'],
      publishes: ['command'],
      database: true,
      clients: ['STOCK_GRPC_URL', 'PRICE_LIST_GRPC_URL'],
    });
  });

  it('declares nothing that it does not name', () => {
    const source = readSource([`await startService({ name: 'shop', module: async () => ShopModule });`]);
    expect(source).toEqual({ name: 'shop', transports: [], publishes: [], database: false, clients: [] });
  });

  it.each([
    ['startService({ transports: TRANSPORTS })', 'transports: TRANSPORTS'],
    ['AnyModule.forRoot({ publishes: [...KINDS] })', 'publishes: [...KINDS]'],
    ['grpcClient(urlOf(config))', 'urlOf(config)'],
  ])('is refused if a value is computed: %s', (text, named) => {
    expect(() => readSource([text])).toThrow(named);
  });
});

describe('a difference', () => {
  const shop: App = { name: 'shop', http: 1, grpc: 2, needs: ['database', 'rabbitmq'], calls: ['stock'] };
  const source: AppSource = {
    name: 'shop',
    transports: ['grpc'],
    publishes: ['command'],
    database: true,
    clients: ['STOCK_GRPC_URL'],
  };

  it('is not found if both state the same, whether a broker is needed to receive, to publish or to call', () => {
    expect(differences(shop, source)).toEqual([]);
    expect(differences(shop, { ...source, transports: ['grpc', 'rabbitmq'], publishes: [] })).toEqual([]);
    expect(differences(shop, { ...source, publishes: [], clients: ['STOCK_GRPC_URL', 'RABBITMQ_URL'] })).toEqual([]);
  });

  it.each<[Partial<AppSource>, string]>([
    [{ name: 'store' }, 'shop: name: system.ts states shop, main.ts states store'],
    [{ transports: [] }, 'shop: gRPC: system.ts states grpc: 2, main.ts states transports []'],
    [
      { publishes: [] },
      'shop: RabbitMQ: system.ts states needs [database, rabbitmq], main.ts states transports [grpc], its modules state publishes [] and clients at [STOCK_GRPC_URL]',
    ],
    [
      { publishes: ['command', 'event'] },
      'shop: Kafka: system.ts states needs [database, rabbitmq], main.ts states transports [grpc], its modules state publishes [command, event] and clients at [STOCK_GRPC_URL]',
    ],
    [
      { database: false },
      'shop: database: system.ts states needs [database, rabbitmq], its modules do not import DatabaseModule.forRoot',
    ],
    [{ clients: [] }, 'shop: calls: system.ts states calls [stock], its modules have gRPC clients at []'],
  ])('names the app, the fact and both statements: %o', (change, line) => {
    expect(differences(shop, { ...source, ...change })).toEqual([line]);
  });
});
