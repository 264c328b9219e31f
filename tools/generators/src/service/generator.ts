import { readJson, type Tree, writeJson } from '@nx/devkit';
import { join } from 'node:path';
import type { Need } from '@fourfold/system/system';
import { finish } from '../writing/finish.ts';
import { newFiles } from '../writing/files.ts';
import { checkKebab, type Forms, singularOf, withArticle } from '../workspace/names.ts';
import { addApp, appsOf, freePorts, isComposed } from '../workspace/apps.ts';
import {
  filesBeside,
  genOf,
  placesOf,
  scopeOf,
  type Service,
  type Transport,
  transportsOf,
} from '../workspace/services.ts';

export interface ServiceOptions {
  name: string;
  resource?: string;
  transports: string[];
  database?: boolean;
}

/** `nx g service tickets --transports=http,grpc --database`: an app, its contract and proto, and its place in the system. */
export default async function serviceGenerator(tree: Tree, options: ServiceOptions): Promise<() => void> {
  const { name, database = false, resource = singularOf(name) } = options;
  const transports = transportsOf(options.transports);
  checkKebab(name, 'a service');
  checkKebab(resource, `the resource of ${name} (--resource names another)`);
  const service = placesOf(tree, name, resource);
  check(tree, service, transports);
  const variables = { ...wordsOf(tree, service), ...bindingsOf(service, transports), database };

  const from = (folder: string) => join(import.meta.dirname, folder);
  newFiles(tree, from('files/app'), service.root, variables);
  newFiles(tree, from(database ? 'files-database' : 'files-memory'), service.root, variables);
  newFiles(tree, from('files/contracts'), 'libs/contracts/src', variables);
  newFiles(tree, from('files/e2e'), 'e2e/src', variables);
  newFiles(tree, from('files/proto'), service.protoFolder, variables);
  writeJson(tree, `${service.root}/package.json`, packageOf(tree, service, database));

  const needs: Need[] = [
    ...(database ? (['database'] as const) : []),
    ...transports.filter((one) => one === 'rabbitmq' || one === 'kafka'),
  ];
  const { http, grpc } = freePorts(tree);
  addApp(tree, { name, http, ...(transports.includes('grpc') && { grpc }), needs, calls: [] });
  return finish(tree, {
    install: true,
    migration: database ? service : undefined,
    next: [
      [`npx nx test ${name}`, 'its tests'],
      [`npx nx g operation ${name} <name>`, `what else it does with ${variables.resource.article}`],
      ['npm start', 'the whole system'],
    ],
  });
}

/** Names of services that break generated code, though a resource may have them; and databases of PostgreSQL itself. */
const TAKEN = ['claim', 'created-at', 'inserted', 'rest', 'template0', 'template1'];

function check(tree: Tree, service: Service, transports: Transport[]): void {
  const name = service.names.kebab;
  if (TAKEN.includes(name))
    throw new Error(`"${name}" cannot be a service: the generated code uses this word, choose another name`);
  if (tree.exists(`apps/${name}/package.json`)) throw new Error(`The service ${name} exists already: apps/${name}`);
  const taken = ['libs', 'tools'].find((folder) => tree.exists(`${folder}/${name}/package.json`));
  if (taken || name === 'e2e')
    throw new Error(`There is a project ${name} already: ${taken ? `${taken}/${name}` : name}`);
  // an entry point of contracts has one meaning: `fields` is define/fields.ts
  const beside = filesBeside(service).flatMap((path) => [path, path.replace('/src/', '/src/define/')]);
  const file = beside.find((path) => tree.exists(path));
  if (file) throw new Error(`${file} exists already: choose another name`);
  const other = appsOf(tree).find((app) => app.name === name);
  if (other) throw new Error(`tools/system/src/system.ts has an app ${name} already`);
  if (isComposed(tree, name)) throw new Error(`docker/compose.yaml has a service ${name} already: choose another name`);
  if (transports.join() === 'kafka')
    throw new Error('Over Kafka a service consumes messages and sends no replies: add http, grpc or rabbitmq');
}

/** The names that the templates use. */
function wordsOf(tree: Tree, service: Service) {
  const { names, resource, protoPackage } = service;
  const text = ({ kebab }: Forms) => kebab.replaceAll('-', ' ');
  const one = text(resource);
  return {
    scope: scopeOf(tree),
    protoPackage,
    gen: genOf(service),
    names: { ...names, text: text(names) },
    resource: {
      ...resource,
      text: one,
      article: withArticle(one),
      constant: resource.snake.toUpperCase(),
    },
    file: names.kebab,
    thing: resource.kebab,
    proto: names.snake,
    template: '',
  };
}

/** The transports of the operations, as the contract has them, and the client of the spec. */
function bindingsOf({ names, resource, protoPackage }: Service, transports: Transport[]) {
  const has = (transport: Transport) => transports.includes(transport);
  const [http, grpc, rabbitmq, kafka] = [has('http'), has('grpc'), has('rabbitmq'), has('kafka')];
  const withoutGrpc = grpc ? '' : ', grpc: false';
  const queue = (verb: string) => (rabbitmq ? `, rabbitmq: { queue: '${names.kebab}.${verb}-${resource.kebab}' }` : '');
  const ingestion = kafka ? `, kafka: { topic: '${protoPackage}.in' }` : '';
  return {
    ...{ http, grpc, rabbitmq, kafka },
    servers: transports.filter((one) => one !== 'http'),
    client: grpc ? 'grpc' : http ? 'http' : undefined,
    over: grpc ? 'overGrpc' : 'overHttp',
    create: `${withoutGrpc}${http ? `, http: 'POST /${names.kebab}'` : ''}${queue('create')}${ingestion}`,
    get: `${withoutGrpc}${http ? `, http: 'GET /${names.kebab}/:${resource.camel}Id'` : ''}${queue('get')}`,
  };
}

/** Its package.json, with the versions that libs/ have. */
function packageOf(tree: Tree, { names }: Service, database: boolean) {
  const scope = scopeOf(tree);
  const versions = Object.assign(
    {},
    ...['transport', 'service'].map((lib) => readJson(tree, `libs/${lib}/package.json`).dependencies),
  );
  const libs = ['contracts', ...(database ? ['messaging'] : []), 'service', 'transport'].map(
    (lib) => `${scope}/${lib}`,
  );
  const packages = ['@nestjs/common', 'class-validator', ...(database ? ['drizzle-orm', 'pg'] : []), 'rxjs', 'uuid'];
  return {
    name: `${scope}/${names.kebab}`,
    version: '0.1.0',
    private: true,
    type: 'module',
    dependencies: {
      ...Object.fromEntries(libs.map((lib) => [lib, '*'])),
      ...Object.fromEntries(packages.map((one) => [one, versions[one]])),
    },
    devDependencies: { [`${scope}/testing`]: '*' },
  };
}
