import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from './layers.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'layers-'));
  write({
    'package.json': { devDependencies: { vitest: '*' } },
    'libs/contracts/package.json': { name: '@example/contracts', exports: { './*': './src/*.ts' } },
    'libs/transport/package.json': {
      name: '@example/transport',
      exports: { './client': './src/client.ts', './brokers/*': './src/brokers/*.ts', './brokers/internal/*': null },
      dependencies: { '@example/contracts': '*', rxjs: '*' },
      devDependencies: { '@example/system': '*', kafkajs: '*' },
    },
    'apps/web/package.json': { name: '@example/web', dependencies: { '@example/transport': '*' } },
    'tools/system/package.json': { name: '@example/system', exports: { './*': './src/*.ts' } },
    'e2e/package.json': { name: '@example/e2e', devDependencies: { '@example/web': '*' } },
  });
});
afterEach(() => rmSync(workspace, { recursive: true }));

it('finds nothing wrong with imports that point down, name an entry point and are declared', () => {
  write({
    'vitest.config.ts': '',
    'libs/transport/src/client.ts': `import { Observable } from 'rxjs'; import { sum } from '@example/contracts/sum'; import './grpc.ts';`,
    'libs/transport/src/client.spec.ts': `import { it } from 'vitest'; import 'node:fs'; import 'kafkajs'; import '@example/system/ports';`,
    'libs/transport/conformance/calls.ts': `import '../src/client.spec.ts'; import 'kafkajs/src/index.js';`,
    'apps/web/src/main.ts': `import '@example/transport/client'; import '@example/transport/brokers/kafka';`,
    'apps/web/vitest.config.ts': `export { default } from 'vitest'; import '../../vitest.config.ts';`,
  });
  expect(checkImports(workspace)).toEqual({ projects: 5, imports: 13, mistakes: [] });
});

describe('names the file and the import', () => {
  it.each([
    ['libs/contracts/src/a.ts', '@example/transport/client', 'libs/transport is not a layer below libs/contracts'],
    ['libs/transport/src/a.spec.ts', '@example/web', 'apps/web is not a layer below libs/transport'],
    ['libs/transport/src/a.ts', '@example/system/ports', 'tools/system is not a layer below libs/transport'],
    ['apps/web/src/a.ts', '../../../libs/transport/src/client.ts', 'outside of apps/web'],
    ['e2e/src/a.ts', '../../../a.ts', 'outside of e2e'],
    ['apps/web/src/a.ts', '@example/transport/grpc/server', 'not an entry point'],
    ['apps/web/src/a.ts', '@example/transport/brokers/internal/queue', 'not an entry point'],
    ['e2e/src/a.ts', '@example/web', 'not an entry point'],
    ['apps/web/src/a.ts', './web.fixture.ts', 'for tests only'],
    ['apps/web/src/a.ts', '@example/transport/brokers/kafka.fixture', 'for tests only'],
    ['apps/web/src/a.ts', '@example/contracts/sum', 'does not list @example/contracts'],
    ['apps/web/src/a.ts', 'rxjs/operators', 'does not list rxjs'],
    ['libs/transport/src/a.ts', 'kafkajs', '"dependencies" of libs/transport/package.json does not list kafkajs'],
    ['apps/web/src/a.spec.ts', 'kafkajs', 'lists kafkajs neither'],
  ])('%s imports "%s": %s', (file, specifier, mistake) => {
    write({ [file]: `import '${specifier}';` });
    const { mistakes } = checkImports(workspace);
    expect(mistakes).toEqual([expect.stringContaining(mistake)]);
    expect(mistakes[0]).toContain(`${file}: imports "${specifier}"`);
  });

  it.each([
    `import type { A } from 'lost';`,
    `export * from 'lost';`,
    `const a = await import('lost');`,
    `type A = import('lost').A;`,
  ])('%s', (source) => {
    write({ 'apps/web/src/a.ts': source });
    expect(checkImports(workspace).mistakes).toHaveLength(1);
  });
});

it('ignores imports in strings and comments', () => {
  write({ 'apps/web/src/a.ts': 'const a = `import "lost"`; // import "lost"\nreadiness.require("lost");' });
  expect(checkImports(workspace)).toMatchObject({ imports: 0, mistakes: [] });
});

it('names a lib that has no layer', () => {
  write({ 'libs/pricing/package.json': { name: '@example/pricing' } });
  expect(checkImports(workspace).mistakes).toEqual([expect.stringMatching(/^libs\/pricing: .*LAYERS/)]);
});

function write(files: Record<string, object | string>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
