import type { Tree } from '@nx/devkit';
import { addresses, type App, environmentOf, grpcVariable, type Need } from '@fourfold/system/system';
import ts from 'typescript';
import { type Document, type Node, parseDocument, YAMLMap } from 'yaml';
import { Source } from '../editing/source.ts';

const SYSTEM = 'tools/system/src/system.ts';
const COMPOSE = 'docker/compose.yaml';
const DATABASES = 'docker/databases.sql';

/** The apps of system.ts, as the tree has it. */
export const appsOf = (tree: Tree): App[] => {
  const source = new Source(tree, SYSTEM);
  return source.arrayOf('apps').elements.map((element) => valueOf(element) as App);
};

/** Whether compose.yaml has a service of this name: an app, or a server that apps need. */
export const isComposed = (tree: Tree, name: string): boolean =>
  parseDocument(tree.read(COMPOSE, 'utf8')!).hasIn(['services', name]);

/** The next free pair of ports. */
export const freePorts = (tree: Tree): { http: number; grpc: number } => {
  const apps = appsOf(tree);
  const after = (ports: (number | undefined)[], first: number) =>
    Math.max(first - 1, ...ports.map((port) => port ?? 0)) + 1;
  return {
    http: after(
      apps.map(({ http }) => http),
      3000,
    ),
    grpc: after(
      apps.map(({ grpc }) => grpc),
      50051,
    ),
  };
};

/** Adds an app to system.ts, compose.yaml and databases.sql. */
export const addApp = (tree: Tree, app: App): void => {
  const source = new Source(tree, SYSTEM);
  const { name, http, grpc, needs, calls } = app;
  const ports = `http: ${http}${grpc ? `, grpc: ${grpc}` : ''}`;
  source.addElement(
    source.arrayOf('apps'),
    `{ name: '${name}', ${ports}, needs: [${listOf(needs)}], calls: [${listOf(calls)}] }`,
  );
  source.save();
  if (needs.includes('database')) addDatabase(tree, name);
  writeCompose(tree, app);
};

/** Removes apps from system.ts, compose.yaml and databases.sql. */
export const removeApps = (tree: Tree, names: readonly string[]): void => {
  const source = new Source(tree, SYSTEM);
  source.removeElements(source.arrayOf('apps'), (element) => names.includes((valueOf(element) as App).name)).save();
  const document = parseDocument(tree.read(COMPOSE, 'utf8')!);
  for (const name of names) document.deleteIn(['services', name]);
  tree.write(COMPOSE, document.toString({ lineWidth: 0 }));
  const line = new RegExp(`^create database "?(${names.join('|')})"?;\\n`, 'gm');
  tree.write(DATABASES, tree.read(DATABASES, 'utf8')!.replace(line, ''));
};

/** Adds a server to what an app needs, unless it is listed. */
export const addNeed = (tree: Tree, name: string, need: Need): void => addTo(tree, name, 'needs', need);

/** Adds an app to those that another calls over gRPC, unless it is listed. */
export const addCall = (tree: Tree, name: string, target: string): void => addTo(tree, name, 'calls', target);

/** Gives an app a gRPC port, unless it has one. */
export const addGrpc = (tree: Tree, name: string): void => {
  if (appsOf(tree).find((app) => app.name === name)?.grpc) return;
  const { grpc } = freePorts(tree);
  const source = new Source(tree, SYSTEM);
  source.addProperty(entryOf(source, name), `grpc: ${grpc}`).save();
  writeCompose(
    tree,
    appsOf(tree).find((app) => app.name === name)!,
  );
};

const addTo = (tree: Tree, name: string, list: 'needs' | 'calls', value: string): void => {
  const source = new Source(tree, SYSTEM);
  source.addToProperty(() => entryOf(source, name), list, `'${value}'`).save();
  writeCompose(
    tree,
    appsOf(tree).find((app) => app.name === name)!,
  );
};

const entryOf = (source: Source, name: string): ts.ObjectLiteralExpression => {
  const entries = source.arrayOf('apps').elements.filter(ts.isObjectLiteralExpression);
  const entry = entries.find((object) => (valueOf(object) as App).name === name);
  if (!entry) throw new Error(`${SYSTEM} has no app ${name}`);
  return entry;
};

const addDatabase = (tree: Tree, name: string): void => {
  tree.write(DATABASES, `${tree.read(DATABASES, 'utf8')!.trimEnd()}\ncreate database "${name}";\n`);
};

/** Adds to compose.yaml what the app needs and it does not have yet. What was added by hand stays. */
const writeCompose = (tree: Tree, app: App): void => {
  const document = parseDocument(tree.read(COMPOSE, 'utf8')!);
  const at = ['services', app.name];
  if (!document.hasIn(at)) {
    const key = document.createNode(app.name);
    key.spaceBefore = true;
    (document.get('services') as YAMLMap<unknown, unknown>).add({ key, value: newService(document, app) });
  }
  for (const [variable, value] of Object.entries(inNetwork(tree, app)))
    if (!document.hasIn([...at, 'environment', variable]))
      document.setIn([...at, 'environment', variable], quoted(document, value));
  if (app.grpc && !String(document.getIn([...at, 'ports'])).includes(`:${app.grpc}`))
    document.addIn([...at, 'ports'], quoted(document, portOf(app.grpc)));
  for (const need of app.needs)
    if (!document.hasIn([...at, 'depends_on', SERVERS[need]]))
      document.setIn(
        [...at, 'depends_on', SERVERS[need]],
        document.createNode({ condition: 'service_healthy' }, { flow: true }),
      );
  tree.write(COMPOSE, document.toString({ lineWidth: 0 }));
};

const SERVERS: Record<Need, string> = { database: 'postgres', rabbitmq: 'rabbitmq', kafka: 'kafka' };

const newService = (document: Document, { name, http, grpc }: App): Node => {
  const ports = [http, ...(grpc ? [grpc] : [])].map(portOf);
  const service = new YAMLMap<unknown, unknown>(document.schema);
  const build = { context: '..', dockerfile: 'docker/Dockerfile', args: { APP: name } };
  service.set('<<', document.createAlias(document.get('x-app', true) as YAMLMap, 'app'));
  service.set('build', document.createNode(build, { flow: true }));
  service.set('environment', new YAMLMap(document.schema));
  service.set(
    'ports',
    document.createNode(
      ports.map((port) => quoted(document, port)),
      { flow: true },
    ),
  );
  return service;
};

const portOf = (port: number): string => `127.0.0.1:${port}:${port}`;

/** As system.ts has it, at the addresses of compose's network. */
const inNetwork = (tree: Tree, app: App): Record<string, string> => {
  const apps = Object.fromEntries(appsOf(tree).map(({ name, http, grpc }) => [name, { http, grpc }]));
  const servers = {
    database: 'postgres://postgres@postgres:5432',
    rabbitmq: 'amqp://rabbitmq:5672',
    kafka: 'kafka:19092',
  };
  const environment = environmentOf(app, { ...addresses, ...servers, apps });
  for (const target of app.calls) environment[grpcVariable(target)] = `${target}:${apps[target]?.grpc}`;
  return { ...environment, HOST: '0.0.0.0', LOG_FORMAT: 'json' };
};

/** Environment variables are strings, so numbers and booleans need quotes. */
const quoted = (document: Document, value: string): Node => {
  const node = document.createNode(value);
  if (/^(\d|true|false)/.test(value) && !value.startsWith('0.0')) (node as { type?: string }).type = 'QUOTE_SINGLE';
  return node as Node;
};

const listOf = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/** The value of a literal. system.ts contains nothing else. */
const valueOf = (node: ts.Expression): unknown => {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(valueOf);
  if (ts.isObjectLiteralExpression(node))
    return Object.fromEntries(
      node.properties
        .filter(ts.isPropertyAssignment)
        .map(({ name, initializer }) => [name.getText(), valueOf(initializer)]),
    );
  throw new Error(`${SYSTEM}: ${node.getText()} is not a literal`);
};
