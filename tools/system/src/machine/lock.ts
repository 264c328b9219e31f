import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What this process holds. A database that nothing refers to would be closed, and its lock with it. */
const held = new Set<Lock>();

/**
 * Held by one process at a time, until release() or until the process ends, even by `kill -9`: an exclusive transaction on an
 * SQLite database, which the system ends. Its file is never removed, because the next holder would then lock another file of
 * that name.
 */
export class Lock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Undefined if another process, or this one, holds the lock of this file: see holderOf(). */
  static take(file: string): Lock | undefined {
    mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    try {
      database.exec('pragma journal_mode = memory; begin exclusive'); // nothing is written, and no journal stays behind
    } catch (error) {
      database.close();
      if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
      throw error;
    }
    writeFileSync(pidFile(file), String(process.pid));
    const lock = new Lock(database);
    held.add(lock);
    return lock;
  }

  release(): void {
    if (held.delete(this)) this.#database.close();
  }
}

/** The id of the process that holds the lock, or held it last; undefined if it has only just begun to. */
export function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(pidFile(file), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

const SQLITE_BUSY = 5;

// the database itself cannot be read while it is locked
function pidFile(file: string): string {
  return `${file}.pid`;
}
