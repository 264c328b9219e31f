import { expect, it } from 'vitest';
import { ReplaceBytes } from './replace-bytes.ts';

const replaced = async (...chunks: string[]): Promise<string> => {
  const stream = new ReplaceBytes(Buffer.from('aab'), Buffer.from('xyz'));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  return Buffer.concat(await stream.toArray()).toString();
};

it.each([
  [['1aab2aab'], '1xyz2xyz'],
  [['1a', 'a', 'b2'], '1xyz2'],
  [['aa', 'aab'], 'aaxyz'],
  [['1aa', '2'], '1aa2'],
  [['1aa'], '1aa'],
])('replaces what it finds in %j', async (chunks, expected) => {
  expect(await replaced(...chunks)).toBe(expected);
});

it('holds back nothing that cannot be the beginning of what it looks for', async () => {
  const stream = new ReplaceBytes(Buffer.from('aab'), Buffer.from('xyz'));
  stream.write('1aab2');
  expect(stream.read()?.toString()).toBe('1xyz2');
});

it('refuses to change the length of a stream', () => {
  expect(() => new ReplaceBytes(Buffer.from('a'), Buffer.from('bb'))).toThrow('1 bytes cannot be replaced by 2');
});
