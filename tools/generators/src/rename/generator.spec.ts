import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withServices } from '../testing/tickets.ts';
import { refusal, workspaceTree } from '../testing/tree.ts';
import rename from './generator.ts';
import { type Names, namesOf } from './workspace-names.ts';

let tree: Tree;
let old: Names;
beforeEach(async () => {
  vi.stubEnv('NX_SKIP_FORMAT', 'true'); // it takes the most time
  tree = await withServices();
  old = namesOf(tree);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The files that have something in a text or a path, without the licence. */
function filesWith(pattern: RegExp): string[] {
  return [...textsOf(tree)].filter((file) => pattern.test(file.join('\n'))).map(([path]) => path);
}

function textsOf(of: Tree): Map<string, string> {
  const texts = new Map<string, string>();
  visitNotIgnoredFiles(of, '.', (path) => {
    if (path !== 'LICENSE') texts.set(path, of.read(path, 'utf8')!);
  });
  return texts;
}

function differing(a: Tree, b: Tree): string[] {
  const [texts, others] = [textsOf(a), textsOf(b)];
  const paths = [...texts.keys(), ...others.keys()].filter((path) => texts.get(path) !== others.get(path));
  return paths.filter((path) => !path.endsWith('rename/generator.spec.ts')); // it has the invented names
}

/** In any case. The proto package is another name, though it may begin with this one. */
function oldProduct(): RegExp {
  const { product, protoPackage = '' } = old;
  const tail = protoPackage.startsWith(product) ? `(?!${protoPackage.slice(product.length)}\\b)` : '';
  return new RegExp(product.split('-').join('[-_ ]?') + tail, 'i');
}

/** Invented names: this workspace has none of these words, whatever somebody wrote into it. */
const [one, two] = freeNames(['quince', 'medlar', 'sorb', 'damson', 'loquat']);
/** A word of the code, which is not the name of this workspace. */
const WORD = namesOf(workspaceTree()).scope === 'test' ? 'app' : 'test';

function freeNames(names: string[]): [string, string] {
  const texts = [...textsOf(workspaceTree())].filter(([path]) => !/^package-lock|rename\//.test(path)); // as check.ts has it
  const text = texts.flat().join('\n').toLowerCase();
  return names.filter((name) => !text.includes(name)).slice(0, 2) as [string, string];
}

const jsonOf = (path: string) => JSON.parse(tree.read(path, 'utf8')!);

describe('a rename', () => {
  it('leaves nothing of the old name except the copyright notice', async () => {
    const licence = tree.read('LICENSE', 'utf8');
    await rename(tree, { scope: `@${one}` });
    expect(filesWith(oldProduct())).toEqual([]);
    expect(filesWith(new RegExp(`@${old.scope}/`))).toEqual([]);
    expect(tree.read('LICENSE', 'utf8')).toBe(licence);
    expect(namesOf(tree)).toEqual({ ...old, scope: one, product: one });
    expect(jsonOf('package-lock.json').packages[`node_modules/@${one}/contracts`]).toEqual({
      resolved: 'libs/contracts',
      link: true,
    });
  });

  it('gives the same result by way of other names', async () => {
    const direct = await withServices();
    await rename(direct, { scope: one });
    await rename(tree, { scope: `${two}-fruits`, package: `${two}_fruits` });
    await rename(tree, { scope: two });
    await rename(tree, { scope: one, package: old.protoPackage });
    expect(differing(tree, direct)).toEqual([]);
  });

  it('does not take a word of the code for the name', async () => {
    const direct = await withServices();
    await rename(direct, { scope: one });
    await rename(tree, { scope: WORD });
    expect(namesOf(tree)).toMatchObject({ scope: WORD, product: `${WORD}-workspace` });
    expect(filesWith(oldProduct())).toEqual([]);
    await rename(tree, { scope: one });
    expect(differing(tree, direct)).toEqual([]);
  });

  it('gives the proto package a name of its own', async () => {
    await rename(tree, { scope: old.scope, package: one });
    expect(tree.exists(`proto/${old.protoPackage}`)).toBe(false);
    expect(namesOf(tree)).toEqual({ ...old, protoPackage: one });
    const path = /(?:proto|gen)\/([\w-]+)\/\w+\/v1\//g;
    const roots = [...textsOf(tree).values()].flatMap((text) => [...text.matchAll(path)].map(([, name]) => name));
    expect(roots).not.toContain(old.protoPackage);
    expect(filesWith(new RegExp(`\\b${old.protoPackage}\\.\\w+\\.v1`))).toEqual([]);
  });

  it('keeps the proto package if product and package are the same word', async () => {
    await rename(tree, { scope: one, package: one });
    await rename(tree, { scope: two });
    expect(namesOf(tree)).toEqual({ scope: two, product: two, protoPackage: one });
    expect(filesWith(new RegExp(`\\b${one}\\.\\w+\\.v1`))).not.toEqual([]);
  });
});

describe('a rename is refused', () => {
  it.each([
    ['for a name with capitals', { scope: 'Acme' }, 'is not an npm scope'],
    ['for the name of a package', { scope: '@acme/orders' }, 'is not an npm scope'],
    ['for a name that is too long', { scope: 'a'.repeat(41) }, 'is not an npm scope'],
    ['for a scope of others', { scope: 'nestjs' }, 'this workspace installs'],
    ['for the present scope', { scope: '@current' }, 'nothing to rename'],
    ['for a package with dashes', { scope: one, package: 'my-company' }, 'lower_snake_case'],
    ["for Google's package", { scope: one, package: 'google' }, 'there is one of that name'],
    ['for a package that exists', { scope: one, package: 'conformance' }, 'there is one of that name'],
  ])('%s', async (_, options, reason) => {
    const scope = options.scope.replace('current', old.scope);
    expect(await refusal(tree, () => rename(tree, { ...options, scope }))).toContain(reason);
  });

  it('if there are several packages', async () => {
    tree.write('proto/another/v1/a.proto', '');
    await expect(rename(tree, { scope: one, package: one })).rejects.toThrow('only a single one can be renamed');
  });
});
