import { describe, expect, it } from 'vitest';
import { Malformed, readJson } from './json.ts';

const read = (text: string | Buffer) => readJson(Buffer.from(text as string));
const violationOf = (text: string | Buffer) => {
  const malformed = read(text);
  expect(malformed).toBeInstanceOf(Malformed);
  return (malformed as Malformed).violation;
};

describe('a member that stands twice', () => {
  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":{"b":1},"c":2,"a":{"b":1}}', 'a'],
    ['{"a":{"b":1,"c":{},"b":2}}', 'a.b'],
    ['{"lines":[{"q":1},[{"q":1 , "q":2}]]}', 'lines[1][0].q'],
    ['[{"q":1,"q":2}]', '[0].q'],
    ['{"a" :1,"b":1,"b":1}', 'b'],
    ['{\n  "a"\n:1,\t"b" : 1,"b":1}', 'b'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"x":{"":1,"":2}}', 'x.'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"a":"\\":","b":1,"b":2}', 'b'],
    ['{"a":"x : y","b":"{\\"b\\":1}","b":2}', 'b'],
    ['{"a":[1,"]",{"}":"{"}],"a":true}', 'a'],
    ['{"a\\\\":1,"a\\\\":2}', 'a\\'],
    ['{"a":{"k":"2026-11-27T07:00:00Z"},"a":"2026-11-27T07:00:00Z"}', 'a'],
  ])('is found: %s', (text, path) => {
    expect(violationOf(text)).toMatchObject({ path, rule: 'isOnce' });
  });

  it.each([
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '{"a":"a","b":"a","A":1}',
    '{"a":"x\\":y","b\\"":":\\":"}',
    '{"a" : "b" , "c" : ["b" , "b"]}',
    '{"time":"2026-11-27T07:00:00Z","note":"a : b"}',
    '{"":{"":1}}',
    '["a","a"]',
    '"a:a"',
    'null',
    '1e3',
  ])('is not seen where there is none: %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('is found wherever it stands, and only there, in any text', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const space = () => ['', '', '', ' ', '\n', '\t'][random(6)]!;
    const names = ['a', 'b', 'c', 'a:b', 'x":', '\\', 'ü', '__proto__', ' '];
    let repeated = false;
    const value = (depth: number): string => {
      const kind = random(depth > 3 ? 3 : 5);
      if (kind < 3) return [JSON.stringify(names[random(names.length)]), 'true', '-1.5e+3'][kind]!;
      const items = Array.from({ length: random(5) }, () => value(depth + 1));
      if (kind === 3) return `[${space()}${items.join(`${space()},${space()}`)}]`;
      const own = items.map(() => names[random(names.length)]!);
      if (new Set(own).size < own.length) repeated = true;
      return `{${items.map((item, n) => `${space()}${JSON.stringify(own[n])}${space()}:${space()}${item}`).join(',')}}`;
    };
    for (let round = 0; round < 3000; round++) {
      repeated = false;
      const text = value(0);
      expect([text, read(text) instanceof Malformed]).toEqual([text, repeated]);
    }
  });
});

it.each(['22ff22', '22c0af22', '22eda08022', '22e282'])('refuses what is not UTF-8: %s', (hex) => {
  expect(violationOf(Buffer.from(hex, 'hex'))).toMatchObject({ path: '', rule: 'isUtf8' });
});
it('refuses what is nested too deep to be looked at', () => {
  expect(violationOf('['.repeat(400_000) + ']'.repeat(400_000))).toMatchObject({ path: '', rule: 'maxDepth' });
  expect(violationOf(`${'{"a":'.repeat(1002)}1${'}'.repeat(1002)}`)).toMatchObject({ rule: 'maxDepth' });
  expect(read(`${'{"a" :'.repeat(900)}1${'}'.repeat(900)}`)).toMatchObject({ a: {} });
});
it('refuses what is not JSON', () => {
  for (const text of ['', '{', "{'a':1}", '01', '+1', '0x1', 'NaN', '[1,]', '\ufeff{}'])
    expect(violationOf(text)).toMatchObject({ rule: 'isReadable' });
});
