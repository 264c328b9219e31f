import type { HttpServer as Adapter } from '@nestjs/common';
import { pathToRegexp } from 'path-to-regexp';

/** The methods that Nest can mount, as its adapters name them. */
const MOUNTED = [
  'get',
  'head',
  'post',
  'put',
  'patch',
  'delete',
  'options',
  'search',
  'query',
  'propfind',
  'proppatch',
  'mkcol',
  'copy',
  'move',
  'lock',
  'unlock',
];
/** Known even if no route has them: 405 for a path that has others, rather than 501. */
const STANDARD = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

interface Pattern {
  methods: Set<string>;
  strict: RegExp;
}

/**
 * What is mounted: paths and their methods. Nest and Express know it, and tell nobody: to both a path without the method is as
 * unknown as any other (nestjs/nest#2546, expressjs/express#2414). So this writes down what Nest mounts at its adapter, through
 * the adapter's own methods; a route that is put on the framework below Nest is not seen, and answered as before.
 */
export class Routes {
  /** Paths without parameters. */
  private readonly fixed = new Map<string, Set<string>>();
  private readonly patterns: Pattern[] = [];
  /** Every path, in whatever case and with whatever slash at its end. */
  private readonly lax: RegExp[] = [];
  private readonly known = new Set(STANDARD);

  /** Writes down what is mounted from now on. */
  watch(adapter: Adapter): void {
    const methods = adapter as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;
    for (const name of [...MOUNTED, 'all']) {
      const mount = methods[name];
      if (!mount) continue;
      methods[name] = (...args) => {
        // Express's get('setting') has one argument
        if (args.length > 1) this.add(args[0], name === 'all' ? STANDARD : [name.toUpperCase()]);
        return mount.apply(adapter, args);
      };
    }
  }

  /** Whether any resource may have the method. */
  knows(method: string): boolean {
    return this.known.has(method);
  }

  has(method: string, path: string): boolean {
    return (
      this.fixed.get(path)?.has(method) ||
      this.patterns.some(({ methods, strict }) => methods.has(method) && strict.test(path))
    );
  }

  /** The methods of a path, as `Allow` lists them; undefined if the path is not known. */
  methodsOf(path: string): string[] | undefined {
    const found = this.patterns.filter(({ strict }) => strict.test(path)).map(({ methods }) => methods);
    const fixed = this.fixed.get(path);
    if (fixed) found.push(fixed);
    return found.length ? sorted(found.flatMap((methods) => [...methods])) : undefined;
  }

  /** The methods of all paths. */
  allMethods(): string[] {
    return sorted(
      [...this.patterns.map(({ methods }) => methods), ...this.fixed.values()].flatMap((some) => [...some]),
    );
  }

  /** Whether a path that is not known is a known one in another case, or with other slashes: frameworks take it for the same. */
  isMisspelled(path: string): boolean {
    const single = path.replace(/\/+/g, '/');
    return this.lax.some((pattern) => pattern.test(single));
  }

  private add(path: unknown, given: string[]): void {
    if (Array.isArray(path)) return path.forEach((one) => this.add(one, given));
    const methods = given.includes('GET') ? [...given, 'HEAD'] : given;
    for (const method of methods) this.known.add(method);
    if (path instanceof RegExp) return void this.patterns.push({ methods: new Set(methods), strict: path });
    const template = String(path).replace(/(.)\/$/, '$1');
    this.lax.push(pathToRegexp(template, { sensitive: false, trailing: true }).regexp);
    if (/[:*{}[\]()?+!\\]/.test(template)) {
      const strict = pathToRegexp(template, { sensitive: true, trailing: false }).regexp;
      this.patterns.push({ methods: new Set(methods), strict });
    } else this.fixed.set(template, new Set([...(this.fixed.get(template) ?? []), ...methods]));
  }
}

const sorted = (methods: string[]): string[] => [...new Set([...methods, 'OPTIONS'])].toSorted();
