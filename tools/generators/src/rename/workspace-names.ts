import { readJson, type Tree } from '@nx/devkit';
import { protoPackagesOf, scopeOf } from '../workspace/services.ts';

/** What a workspace is called, in the three places that are renamed apart from each other. */
export interface Names {
  /** The npm scope of its packages, without the @: `my-company`. */
  scope: string;
  /** Everything else, in any case: images, folders, prose. The name of the root package; words with dashes between. */
  product: string;
  /** The root of its proto packages: `shop` of `shop.orders.v1`. Undefined where proto/ holds none, or several. */
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
