import { readJson, type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { protoPackagesOf } from '../workspace/services.ts';
import type { Names, RenameOptions } from './workspace-names.ts';
import { hasWord } from './rewording.ts';

const SCOPE = /^[a-z0-9]+([._-][a-z0-9]+)*$/;
const LONGEST = 40; // temporary paths contain it, and those of sockets must be short
const PROTO_PACKAGE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
/** Files in which the word means nothing: checksums, generated code, and the examples of this generator. */
const NO_PROSE = /^package-lock\.json$|\/gen\/|^tools\/generators\/src\/rename\/|^docs\/make-it-yours\.md$/;

/** The names to change to. Throws if they are invalid. */
export function wantedNames(tree: Tree, from: Names, { scope: wanted, package: wantedPackage }: RenameOptions): Names {
  const scope = checkedScope(tree, from, wanted.replace(/^@/, ''));
  const protoPackage = wantedPackage === undefined ? from.protoPackage : checkedPackage(tree, from, wantedPackage);
  if (scope === from.scope && protoPackage === from.protoPackage)
    throw new Error(`The packages are @${scope}/… already: there is nothing to rename`);
  const product = scope === from.scope ? from.product : productFor(tree, from, scope);
  return { scope, product, protoPackage };
}

function checkedScope(tree: Tree, from: Names, scope: string): string {
  if (!SCOPE.test(scope) || scope.length > LONGEST)
    throw new Error(
      `"${scope}" is not an npm scope like @my-company: use lower-case letters, digits and dashes, ${LONGEST} characters at most`,
    );
  const { packages } = readJson(tree, 'package-lock.json');
  const isForeign = (path: string) => path.includes(`node_modules/@${scope}/`);
  if (scope !== from.scope && Object.keys(packages).some(isForeign))
    throw new Error(`@${scope} is the scope of packages that this workspace installs: choose another one`);
  return scope;
}

function checkedPackage(tree: Tree, from: Names, wanted: string): string {
  if (wanted === from.protoPackage) return wanted;
  if (!PROTO_PACKAGE.test(wanted)) throw new Error(`"${wanted}" is not a proto package: write it in lower_snake_case`);
  if (
    ['proto', 'libs/transport/conformance/proto', 'tools/testing/proto'].some((folder) =>
      tree.exists(`${folder}/${wanted}`),
    ) ||
    wanted === 'google'
  )
    throw new Error(`"${wanted}" cannot be the proto package: there is one of that name`);
  if (!from.protoPackage) {
    const there = protoPackagesOf(tree);
    throw new Error(
      there.length
        ? `proto/ has several packages (${there.join(', ')}), and only a single one can be renamed`
        : 'proto/ has no package to rename: add a service first',
    );
  }
  return wanted;
}

/** The scope itself, if nothing else has this name; see generator.ts. */
function productFor(tree: Tree, from: Names, scope: string): string {
  const word = scope.replaceAll(/[._]/g, '-');
  const product = [word, `${word}-workspace`].find((it) => isFree(tree, from, { scope, product: it }));
  if (!product) throw new Error(`"${scope}" and "${word}-workspace" are words of the code: choose another name`);
  return product;
}

function isFree(tree: Tree, from: Names, to: Names): boolean {
  const isUsed = hasWord(from, to);
  let free = true;
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (!free || NO_PROSE.test(path)) return;
    const text = tree.read(path, 'utf8')!.replaceAll(/\bg rename .*/g, '');
    free = !isUsed(`${path}\n${text}`);
  });
  return free;
}
