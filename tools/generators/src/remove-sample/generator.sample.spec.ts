import { posix } from 'node:path';
import { readJson, type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addApp, appsOf } from '../workspace/apps.ts';
import { workspaceTree } from '../testing/tree.ts';
import removeSample from './generator.ts';

const NAMES = 'gateway|orders|inventory|payments|notifications';
const SHOP = NAMES.split('|');

const workspace = (): Tree => workspaceTree(SHOP);
const filesOf = (tree: Tree, folder = '.'): string[] => {
  const files: string[] = [];
  visitNotIgnoredFiles(tree, folder, (path) => void files.push(path));
  return files;
};
const textOf = (tree: Tree, path: string) => tree.read(path, 'utf8')!;
const databasesOf = (tree: Tree) => textOf(tree, 'docker/databases.sql').match(/^create database .*;$/gm) ?? [];
const servicesOf = (tree: Tree) => Object.keys(parse(textOf(tree, 'docker/compose.yaml'), { merge: true }).services);
/** A service of one's own beside the shop. */
const addReturns = (tree: Tree, handler = 'export {};\n', calls: string[] = []) => {
  addApp(tree, { name: 'returns', http: 3009, grpc: 50_059, needs: ['database'], calls });
  tree.write('apps/returns/src/returns.controller.ts', handler);
  tree.write('apps/returns/package.json', '{}\n');
};

describe('what is left', () => {
  let tree: Tree;
  let files: string[];
  beforeAll(async () => {
    tree = workspace();
    await removeSample(tree);
    files = filesOf(tree);
  });

  it('is a workspace without apps', () => {
    expect(files.filter((file) => file.startsWith('apps/'))).toEqual([]);
    expect(appsOf(tree)).toEqual([]);
    expect(servicesOf(tree)).toEqual(['postgres', 'rabbitmq', 'kafka']);
    expect(databasesOf(tree)).toEqual([]);
  });

  it('has no contract, proto or error of the shop', () => {
    const said = new RegExp(`^(proto|libs/contracts/src)/.*\\b(${NAMES})\\b`);
    expect(files.filter((file) => said.test(file))).toEqual([]);
    expect(files).toContain('libs/contracts/src/define/idempotency.errors.ts');
    expect(files.some((file) => /^proto\/\w+\/type\/v1\/money\.proto$/.test(file))).toBe(true);
  });

  it('has no end-to-end specs except those of any system', () => {
    const stories = filesOf(tree, 'e2e/src').map((file) => posix.basename(file));
    expect(stories.sort()).toEqual([
      'addresses.ts',
      'clients.ts',
      'every-app.spec.ts',
      'process.spec.ts',
      'system.setup.ts',
    ]);
  });

  it('depends on no package of the shop', () => {
    const manifests = files.filter((file) => file.endsWith('package.json'));
    const named = new RegExp(`"@[\\w-]+/(${NAMES})"`);
    expect(manifests.filter((file) => named.test(textOf(tree, file)))).toEqual([]);
  });

  it('imports, calls and builds nothing of the shop', () => {
    const uses = new RegExp(
      `contracts/(gen/\\w+/)?(${NAMES})\\b|(from|import) '[^']*/(${NAMES})['./]|\\bapps/(${NAMES})\\b|APP=(${NAMES})\\b`,
    );
    const code = files.filter((file) => /^(e2e|libs|proto|tools|docker|\.ci|\.github)\//.test(file));
    const guilty = code.filter((file) => uses.test(textOf(tree, file)));
    // the other generators are tested with these names
    expect(guilty.filter((file) => !/^tools\/generators\/src\/.*\.spec\.ts$/.test(file))).toEqual([]);
    const running = code.filter((file) => /^(e2e|docker|\.ci)\//.test(file));
    expect(running.filter((file) => new RegExp(`\\b(${NAMES})\\b`).test(textOf(tree, file)))).toEqual([]);
  });

  it('has no generator that removes the sample, and no spec of it', () => {
    const { generators } = readJson(tree, 'tools/generators/generators.json');
    expect(Object.keys(generators)).not.toContain('remove-sample');
    expect(Object.keys(generators)).toContain('service');
    expect(files.filter((file) => /remove-sample|\.sample\.spec\.ts$/.test(file))).toEqual([]);
  });

  it('needs no browser for its tests', () => {
    const packages = Object.keys(readJson(tree, 'e2e/package.json').devDependencies);
    expect(packages).toContain('pg');
    expect(packages.filter((name) => /playwright|axe-core|url-template/.test(name))).toEqual([]);
  });

  it('has no script whose file is gone', () => {
    const scripts: string[] = Object.values(readJson(tree, 'package.json').scripts);
    const run = scripts.flatMap((script) => script.match(/\b[\w-]+\/[\w/.-]+\.(c|m)?[jt]s\b/g) ?? []);
    expect(run.length).toBeGreaterThan(0);
    expect(run.filter((file) => !files.includes(file))).toEqual([]);
  });

  it('has the way back to plain Nest, without its examples', () => {
    const left = files.filter((file) => /^tools\/leaving\/\w+\//.test(file));
    expect(left).toContain('tools/leaving/servers/acknowledge.interceptor.ts');
    expect(left.filter((file) => new RegExp(`/(${NAMES})/`).test(file))).toEqual([]);
  });

  it('keeps the title of the README, and has no dead links', () => {
    const [title] = textOf(workspace(), 'README.md').split('\n');
    expect(textOf(tree, 'README.md').split('\n')[0]).toBe(title);
    const dead = pages(files).flatMap((page) =>
      linksOf(textOf(tree, page))
        .map((link) => posix.join(page, '..', link))
        .filter((path) => !files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`)))
        .map((path) => `${page}: ${path}`),
    );
    expect(dead).toEqual([]);
  });

  it('has pages with commands that can be run', () => {
    const commands = new RegExp(
      `\\bnx (run )?([\\w,-]+ )?(${NAMES})\\b|(APP=|--without=)(${NAMES})\\b|^\\w*curl .*(${NAMES})`,
      'm',
    );
    const texts = pages(files).map((page) => textOf(tree, page));
    expect(texts.filter((text) => commands.test(text) || /remove-sample|\.sample\.spec\.ts/.test(text))).toEqual([]);
  });
});

it('removes what pages say about it', async () => {
  const tree = workspace();
  const page = [
    '# Yours\n\nStays.\n',
    '## Remove the sample\n\n```sh\nnpx nx g remove-sample\n```\n\n### Then\n\nGo on.\n',
    '## Generate\n\nFirst line,\nsecond with `nx g remove-sample`\nand third.\n\nStays too.\n',
    '1. one\n2. `npx nx g remove-sample`, which\n   goes on here\n3. three\n',
    '```sh\nnpx nx g remove-sample\nnpx nx g service first\n```\n',
  ];
  tree.write('docs/page.md', page.join('\n'));
  await removeSample(tree);
  expect(textOf(tree, 'docs/page.md')).toBe(
    '# Yours\n\nStays.\n\n## Generate\n\nStays too.\n\n1. one\n2. three\n\n```sh\nnpx nx g service first\n```\n',
  );
});

describe('a service of your own', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = workspace();
  });

  it('stays', async () => {
    addReturns(tree);
    tree.write('libs/contracts/src/returns.ts', 'export {};\n');
    await removeSample(tree);
    expect(appsOf(tree).map(({ name }) => name)).toEqual(['returns']);
    expect(servicesOf(tree)).toEqual(['postgres', 'rabbitmq', 'kafka', 'returns']);
    expect(databasesOf(tree)).toEqual(['create database "returns";']);
    expect(filesOf(tree, 'apps').sort()).toEqual([
      'apps/returns/package.json',
      'apps/returns/src/returns.controller.ts',
    ]);
    expect(tree.exists('libs/contracts/src/returns.ts')).toBe(true);
  });

  it.each([
    [
      'a contract',
      "import { OrdersContract } from '@fourfold/contracts/orders';",
      /returns.controller.ts imports @[\w-]+\/contracts\/orders$/,
    ],
    [
      'an error',
      "import { outOfStock } from '@fourfold/contracts/inventory.errors';",
      /imports @[\w-]+\/contracts\/inventory.errors$/,
    ],
    [
      'a file of an app',
      "import { placed } from '../../orders/src/order.ts';",
      /imports ..\/..\/orders\/src\/order.ts$/,
    ],
  ])('must not use %s of the shop, which is said before anything is written', async (_, handler, message) => {
    addReturns(tree, handler);
    const before = tree.listChanges();
    await expect(removeSample(tree)).rejects.toThrow(message);
    expect(tree.listChanges()).toEqual(before);
  });

  it('must not call the shop', async () => {
    addReturns(tree, undefined, ['inventory']);
    await expect(removeSample(tree)).rejects.toThrow('returns calls inventory (tools/system/src/system.ts)');
  });

  it('must not import a proto of the shop', async () => {
    const [root] = tree.children('proto').filter((folder) => folder !== 'google');
    tree.write(`proto/${root}/returns/v1/returns.proto`, `import "${root}/orders/v1/orders.proto";\n`);
    await expect(removeSample(tree)).rejects.toThrow(`imports ${root}/orders/v1/orders.proto`);
  });
});

it('refuses if there is no sample', async () => {
  const tree = workspace();
  for (const app of SHOP) tree.delete(`apps/${app}`);
  await expect(removeSample(tree)).rejects.toThrow('There is no sample shop in this workspace');
});

const pages = (files: string[]) => files.filter((file) => file.endsWith('.md'));
const linksOf = (text: string) =>
  [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
