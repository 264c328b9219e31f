/**
 * Generates TypeScript from proto/: messages and services (ts-proto), and the descriptors for gRPC reflection; and
 * docs/messages.md from contracts, system and apps. `--check` fails if anything was stale.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { PAGE, writeMessagesPage } from './messages/write.ts';

const root = resolve(import.meta.dirname, '../../..');
/** Folders with .proto files, and the folder whose gen/ is generated from each. */
const SOURCES = {
  proto: 'libs/contracts/src',
  'libs/transport/conformance/proto': 'libs/transport/conformance',
  'tools/testing/proto': 'tools/testing/src',
};

if (process.argv.includes('--check')) {
  const before = snapshot();
  await generate();
  const after = snapshot();
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  for (const file of stale) console.error(`${file}: was stale and is now regenerated; commit it`);
  if (stale.length) process.exitCode = 1;
  else console.log(`generated files: all ${after.size} are up to date`);
} else await generate();

async function generate(): Promise<void> {
  for (const [source, target] of Object.entries(SOURCES)) buf('generate', source, `--output=${target}`);
  const set = buf('build', 'proto', '--output=-#format=binpb');
  const source = `/** A google.protobuf.FileDescriptorSet of everything in proto/, base64. Generated: npm run generate */\nexport const descriptorSet =\n  '${set.toString('base64')}';\n`;
  writeFileSync(join(root, SOURCES.proto, 'gen/descriptors.ts'), source);
  await writeMessagesPage(root);
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
  const page = join(root, PAGE);
  if (existsSync(page)) files.push(page);
  return new Map(files.map((file) => [relative(root, file), readFileSync(file, 'utf8')]));
}
