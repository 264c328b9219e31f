import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';

/** A user without privileges. */
export interface User {
  uid: number;
  gid: number;
}

/** The user `nobody` if this process runs as root, which PostgreSQL refuses; else undefined: it runs as the current user. */
export function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function idOf(kind: '-u' | '-g'): number {
  return Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }));
}

// other users cannot enter root's own cache folder
const SHARED_CACHE = '/var/cache/fourfold';

/** The path itself or, if the user may not enter its folder (a clone under /root), one in a folder that every user can enter. */
export function reachable(path: string, user: User | undefined): string {
  if (!user || spawnSync('test', ['-x', dirname(path)], user).status === 0) return path;
  const ofPath = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 12);
  return join(SHARED_CACHE, ofPath, basename(path));
}
