import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';

/** A user without rights. */
export interface User {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root: there it runs as nobody. Undefined for everyone else, who runs it as himself. */
export function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function idOf(kind: '-u' | '-g'): number {
  return Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }));
}

// root's own cache folder is closed to others
const SHARED_CACHE = '/var/cache/fourfold';

/** The path itself or, where the user may not enter its folder (a clone under /root), one of its own in a folder open to all. */
export function reachable(path: string, user: User | undefined): string {
  if (!user || spawnSync('test', ['-x', dirname(path)], user).status === 0) return path;
  const ofPath = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 12);
  return join(SHARED_CACHE, ofPath, basename(path));
}
