import { readJson, type Tree } from '@nx/devkit';
import { protoPackagesOf, scopeOf } from '../workspace/services.ts';

/** The three names of a workspace, each renamed on its own. */
export interface Names {
  /** The npm scope of its packages, without the @: `my-company`. */
  scope: string;
  /** Everything else, in any case: images, folders, prose. The name of the root package; words joined by dashes. */
  product: string;
  /** The root of its proto packages: `shop` of `shop.orders.v1`. Undefined if proto/ has none, or several. */
  protoPackage?: string;
}

/** What `nx g rename` takes. The proto package stays unless another is given. */
export interface RenameOptions {
  scope: string;
  package?: string;
}

/** The names as they are now, read from where they are used. */
export function namesOf(tree: Tree): Names {
  const packages = protoPackagesOf(tree);
  return {
    scope: scopeOf(tree).slice(1),
    product: readJson(tree, 'package.json').name,
    protoPackage: packages.length === 1 ? packages[0] : undefined,
  };
}
