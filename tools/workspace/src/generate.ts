/** Generates TypeScript from proto/: messages and services (ts-proto), and the descriptors for gRPC reflection. `--check` fails if anything was stale. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
/** Folders with .proto files, and the folder whose gen/ is generated from each. */
const SOURCES = { proto: 'libs/contracts/src', 'libs/transport/conformance/proto': 'libs/transport/conformance' };

if (process.argv.includes('--check')) {
  const before = snapshot();
  generate();
  const after = snapshot();
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  for (const file of stale) console.error(`${file}: was stale and is now regenerated; commit it`);
  if (stale.length) process.exitCode = 1;
  else console.log(`gen/: ${after.size} generated files are up to date`);
} else generate();

function generate(): void {
  for (const [source, target] of Object.entries(SOURCES)) buf('generate', source, `--output=${target}`);
  const set = buf('build', 'proto', '--output=-#format=binpb');
  const source = `/** A google.protobuf.FileDescriptorSet of everything in proto/, base64. Generated: npm run generate */\nexport const descriptorSet =\n  '${set.toString('base64')}';\n`;
  writeFileSync(join(root, SOURCES.proto, 'gen/descriptors.ts'), source);
}

function buf(...args: string[]): Buffer {
  try {
    return execFileSync('buf', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    if (typeof (error as { status?: unknown }).status !== 'number') throw error; // buf is not installed
    process.exit(1); // buf has printed the cause
  }
}

function snapshot(): Map<string, string> {
  const folders = Object.values(SOURCES).map((target) => join(root, target, 'gen'));
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(files.map((file) => [relative(root, file), readFileSync(file, 'utf8')]));
}
