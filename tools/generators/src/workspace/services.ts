import { joinPathFragments, readJson, type Tree } from '@nx/devkit';
import { type Forms, formsOf, singularOf } from './names.ts';
import { Proto } from '../editing/proto.ts';
import { Source } from '../editing/source.ts';
import { appsOf } from './apps.ts';

export const TRANSPORTS = ['http', 'grpc', 'rabbitmq', 'kafka'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A service of the workspace: its names, and where its parts are. */
export interface Service {
  /** Its name: `price-lists`. */
  names: Forms;
  /** The name of one of the things that it keeps: `price-list`. */
  resource: Forms;
  /** `apps/price-lists` */
  root: string;
  /** `shop.price_lists.v1` */
  protoPackage: string;
  /** `proto/shop/price_lists/v1` */
  protoFolder: string;
}

/** The npm scope of the workspace's packages: `@fourfold`. */
export const scopeOf = (tree: Tree): string => readJson(tree, 'tools/generators/package.json').name.split('/')[0];

/** The folders of proto/ except Google's. */
export const protoPackagesOf = (tree: Tree): string[] =>
  tree.children('proto').filter((folder) => folder !== 'google' && !tree.isFile(`proto/${folder}`));

/** The first word of the proto packages: `shop`. */
export const protoRootOf = (tree: Tree): string => protoPackagesOf(tree)[0] ?? formsOf(scopeOf(tree)).snake;

/** The names and places of a service, which may not exist yet. */
export const placesOf = (tree: Tree, name: string, resource = singularOf(name)): Service => {
  const names = formsOf(name);
  const root = protoRootOf(tree);
  return {
    names,
    resource: formsOf(resource),
    root: `apps/${names.kebab}`,
    protoPackage: `${root}.${names.snake}.v1`,
    protoFolder: joinPathFragments('proto', root, names.snake, 'v1'),
  };
};

/** An existing service. Throws if there is none of this name. */
export const serviceOf = (tree: Tree, name: string): Service => {
  const known = appsOf(tree).map((app) => app.name);
  if (!known.includes(name)) {
    const instead = known.length ? `there are ${known.join(', ')}` : 'there are none yet: npx nx g service <name>';
    throw new Error(`There is no service ${name}: ${instead}`);
  }
  const service = placesOf(tree, name);
  // the resource that its proto can get, if any
  const noun = tree.exists(protoFileOf(service)) && openProto(tree, service).resource(service.resource.pascal);
  return { ...service, ...(noun && { resource: formsOf(noun) }) };
};

export const fileOf = ({ root, names }: Service, role: string): string => `${root}/src/${names.kebab}.${role}.ts`;
export const contractFileOf = ({ names }: Service): string => `libs/contracts/src/${names.kebab}.ts`;
export const protoFileOf = ({ protoFolder, names }: Service): string => `${protoFolder}/${names.snake}.proto`;
/** Its files outside of its own folders: its contract, its errors by name, its end-to-end spec. */
export const filesBeside = ({ names }: Service): string[] => [
  `libs/contracts/src/${names.kebab}.ts`,
  `libs/contracts/src/${names.kebab}.errors.ts`,
  `e2e/src/${names.kebab}.spec.ts`,
];
/** The generated code of one of its .proto files, as an entry point of libs/contracts: `gen/shop/orders/v1/orders`. */
export const genOf = ({ protoFolder, names }: Service, file = names.snake): string =>
  `${protoFolder.replace(/^proto/, 'gen')}/${file}`;
export const contractOf = ({ names }: Service): string => `${names.pascal}Contract`;

export const hasDatabase = (tree: Tree, service: Service): boolean => tree.exists(fileOf(service, 'schema'));

/** Throws if a service has no contract. The gateway has none: it is written by hand. */
export const checkContract = (tree: Tree, service: Service): void => {
  if (!tree.exists(contractFileOf(service)))
    throw new Error(`${service.names.kebab} has no contract: ${contractFileOf(service)} does not exist`);
};

export const openContract = (tree: Tree, service: Service): Source => new Source(tree, contractFileOf(service));
export const openProto = (tree: Tree, service: Service): Proto => new Proto(tree, protoFileOf(service));

/** Whether an operation with these bindings, as the contract has them, answers over gRPC. */
export const answersOverGrpc = (bindings: string): boolean => !/grpc:\s*false|mode:\s*['"]command/.test(bindings);

/** The requested transports, in our order, each once. */
export const transportsOf = (asked: string[] | string): Transport[] => {
  const given = [asked]
    .flat()
    .flatMap((one) => one.split(','))
    .filter(Boolean);
  const unknown = given.find((one) => !TRANSPORTS.includes(one as Transport));
  if (unknown) throw new Error(`There is no transport ${unknown}: there are ${TRANSPORTS.join(', ')}`);
  if (!given.length) throw new Error(`No transport is given: choose some of ${TRANSPORTS.join(', ')}`);
  return TRANSPORTS.filter((one) => given.includes(one));
};
