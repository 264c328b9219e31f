import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Linux keeps what is in it in memory. Containers often have one of 64 MiB. */
const IN_MEMORY = '/dev/shm';
const LEAST_SPACE = 4 * 2 ** 30;

/**
 * Where to put the data of servers that a test starts: in memory if there is room for 4 GiB, otherwise the folder for temporary
 * files. Half of the time that the kernel spends for PostgreSQL goes into creating and deleting files on a disk.
 */
export function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= LEAST_SPACE ? IN_MEMORY : tmpdir();
  } catch {
    return tmpdir(); // another system
  }
}
