/**
 * Completes package-lock.json: `npm install` leaves out the binaries of platforms that its registry did not serve,
 * and `npm ci` then refuses the lock file on these platforms (npm/cli#4828). `--check` only reports missing packages.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Locked {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}
const FILE = 'package-lock.json';
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'windows'];
const PROCESSORS: Record<string, string> = {
  armv7: 'arm',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
  arm64: 'arm64',
  ia32: 'ia32',
  arm: 'arm',
};

const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, Locked> };
const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies).filter(([name]) => !isLocked(path, name)),
);

if (process.argv.includes('--check')) {
  for (const [name, version] of missing) console.error(`${FILE}: ${name}@${version} is missing; run: npm run lock`);
  if (missing.length) process.exitCode = 1;
  else console.log(`${FILE}: complete for all platforms`);
} else if (missing.length) {
  for (const [name, version] of missing)
    lock.packages[`node_modules/${name}`] = { version, optional: true, ...platformOf(name) };
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(FILE, JSON.stringify(lock, null, 2) + '\n');
  console.log(`${FILE}: added ${missing.length} packages for other platforms`);
}

/** Searches where Node does: in the package's own node_modules, then in each folder above. */
function isLocked(path: string, name: string): boolean {
  for (
    let base = path;
    ;
    base = base.includes('/node_modules/') ? base.slice(0, base.lastIndexOf('/node_modules/')) : ''
  ) {
    if (lock.packages[`${base ? `${base}/` : ''}node_modules/${name}`]) return true;
    if (!base) return false;
  }
}

/** The platform in the name of a binary package: `@nx/nx-linux-arm64-musl` -> linux, arm64, musl. */
function platformOf(name: string): Pick<Locked, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.map((word) => PROCESSORS[word]).find(Boolean);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.includes('gnu') && os === 'linux'
      ? 'glibc'
      : undefined;
  if (!os || !cpu) throw new Error(`${FILE}: the name ${name} does not contain its platform`);
  return { os: [os === 'windows' ? 'win32' : os], cpu: [cpu], ...(libc && { libc: [libc] }) };
}
