/** proto/ -> libs/contracts/src/gen: messages and services by ts-proto, and the descriptors that gRPC reflection serves. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const GEN = 'libs/contracts/src/gen';

if (process.argv.includes('--check')) {
  const before = snapshot();
  generate();
  const after = snapshot();
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  for (const file of stale) console.error(`${GEN}/${file}: was stale, is generated anew; commit it`);
  process.exitCode = stale.length ? 1 : 0;
} else generate();

function generate(): void {
  buf('generate');
  const set = buf('build', '--output=-#format=binpb');
  const source = `/** A google.protobuf.FileDescriptorSet of everything in proto/, base64. Generated: npm run generate */\nexport const descriptorSet =\n  '${set.toString('base64')}';\n`;
  writeFileSync(join(root, GEN, 'descriptors.ts'), source);
}

function buf(...args: string[]): Buffer {
  return execFileSync('buf', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
}

function snapshot(): Map<string, string> {
  const folder = join(root, GEN);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]),
  );
}
