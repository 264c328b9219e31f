import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { describe, expect, it } from 'vitest';
import { Source } from './source.ts';

const edit = (text: string, change: (source: Source) => Source): string => {
  const tree = createTreeWithEmptyWorkspace();
  tree.write('a.ts', text);
  change(new Source(tree, 'a.ts')).save();
  return tree.read('a.ts', 'utf8')!;
};
/** All that formatting may change: white space, commas at the end of a list, quotes. */
const plain = (text: string) =>
  text
    .replaceAll(/\s+/g, '')
    .replaceAll(/,(?=[\])}])/g, '')
    .replaceAll('"', "'");

describe('an edit by syntax', () => {
  it.each([
    ['@Module({ providers: [A], imports: [] })\nexport class M {}'],
    ['@Module({\n  providers: [\n    A, // the first\n  ],\n  imports: [],\n})\nexport class M {}'],
    ['@Module({providers:[A],imports:[]}) export class M{}'],
  ])('adds to an array however it is formatted: %j', (text) => {
    const added = edit(text, (source) => source.addToProperty(() => source.argumentOf('Module'), 'providers', 'B'));
    expect(plain(added.replace('// the first', ''))).toBe(
      plain(text.replace('// the first', '').replace(/A,?/, 'A, B')),
    );
    expect(added.includes('// the first')).toBe(text.includes('// the first'));
  });

  it.each([
    ['@Module({ providers: [A] }) export class M {}', 'A'],
    ['@Module({ "providers": ["grpc"] }) export class M {}', "'grpc'"],
  ])('adds nothing twice, in whichever quotes: %s', (text, added) => {
    expect(edit(text, (source) => source.addToProperty(() => source.argumentOf('Module'), 'providers', added))).toBe(
      text,
    );
  });

  it('refuses to add to something that is not a list', () => {
    const text = 'const providers = [A]; @Module({ providers }) export class M {}';
    const add = (source: Source) => source.addToProperty(() => source.argumentOf('Module'), 'providers', 'B');
    expect(() => edit(text, add)).toThrow('a.ts has no providers: [ … ]');
  });

  it('adds a missing property', () => {
    const added = edit('start({ name: 1 });', (source) =>
      source.addToProperty(() => source.argumentOf('start'), 'transports', "'grpc'"),
    );
    expect(plain(added)).toBe(plain("start({ name: 1, transports: ['grpc'] });"));
  });

  it.each([
    ["import { A } from 'x';", "import { A, B } from 'x';"],
    ["import {\n  A,\n} from 'x';", "import { A, B } from 'x';"],
    ["import { B } from 'x';", "import { B } from 'x';"],
    ["import type { A } from 'x';", "import type { A } from 'x'; import { B } from 'x';"],
    [
      "import { C } from '@nestjs/c';\nimport { F } from './f.ts';",
      "import { C } from '@nestjs/c'; import { B } from 'x'; import { F } from './f.ts';",
    ],
    ['const a = 1;', "import { B } from 'x'; const a = 1;"],
  ])('imports a name once, where it belongs: %j', (text, expected) => {
    expect(plain(edit(text, (source) => source.import('B', 'x')))).toBe(plain(expected));
  });

  it.each([
    "import { B } from './b.ts';",
    "import B from 'b';",
    "import * as B from 'b';",
    "import { A as B } from 'x';",
    'const B = 1;',
    'function B() {}',
    'type B = 1;',
  ])('refuses to import a name that is something else here: %s', (text) => {
    expect(() => edit(text, (source) => source.import('B', 'x'))).toThrow(
      'a.ts has a B that does not come from x: rename it first',
    );
  });

  it.each([
    [
      'class S { constructor(private readonly a: A) {} }',
      'class S { constructor(private readonly a: A, private readonly b: B) {} }',
    ],
    ['class S { constructor() {} }', 'class S { constructor(private readonly b: B) {} }'],
    ['class S { get() {} }', 'class S { constructor(private readonly b: B) {} get() {} }'],
    ['class S {}', 'class S { constructor(private readonly b: B) {} }'],
    ['class S { constructor(private readonly b: B) {} }', 'class S { constructor(private readonly b: B) {} }'],
  ])('injects once: %j', (text, expected) => {
    expect(plain(edit(text, (source) => source.inject('S', 'b', 'B')))).toBe(plain(expected));
  });

  it('puts a class before what uses it and the comment of that', () => {
    const text = '/** Where. */\nexport const contract = use(A);\n';
    expect(edit(text, (source) => source.insertBefore('contract', 'class B {}'))).toBe(`class B {}\n\n${text}`);
  });

  it('puts a DTO class beside the others', () => {
    const added = edit('class A {}\n\nexport const contract = use(A);\n', (source) =>
      source.insertBefore('contract', 'class B {}'),
    );
    expect(added).toBe('class A {}\nclass B {}\n\nexport const contract = use(A);\n');
  });

  it.each([
    ['const a = [\n  1, // one\n];', 'const a = [\n  1, // one\n2,\n];'],
    ['const a = [\n  1 // one\n];', 'const a = [\n  1, // one\n2\n];'],
    ['const a = [1] as const satisfies X;', 'const a = [1, 2] as const satisfies X;'],
  ])('leaves a comment with what it is about: %j', (text, expected) => {
    expect(edit(text, (source) => source.addElement(source.arrayOf('a'), '2'))).toBe(expected);
  });

  it('keeps names in their order', () => {
    const text = "import { A, type C, Z } from 'x';";
    expect(edit(text, (source) => source.import('type B', 'x'))).toBe("import { A, type B, type C, Z } from 'x';");
    const unsorted = "import { Z, A } from 'x';";
    expect(edit(unsorted, (source) => source.import('B', 'x'))).toBe("import { Z, A, B } from 'x';");
  });

  it('names the file and what it lacks', () => {
    expect(() => edit('const a = 1;', (source) => source.addMember('S', 'x() {}'))).toThrow('a.ts has no class S');
  });
});
