import { expect, it } from 'vitest';
import { RenamedBroker } from './renamed-broker.ts';

const address = (port: number) => [0, 9, ...Buffer.from('127.0.0.1'), 0, 0, port >> 8, port & 255];
const response = (...bytes: number[]) => [0, 0, 0, bytes.length, ...bytes];

/** What comes out while the stream is still open, of bytes that go in in chunks of a size. */
const passedOn = (bytes: number[], size: number): number[] => {
  const stream = new RenamedBroker(9092, 20_001);
  for (let at = 0; at < bytes.length; at += size) stream.write(Buffer.from(bytes.slice(at, at + size)));
  return [...((stream.read() as Buffer | null) ?? [])];
};

const SIZES = [1, 2, 3, 5, 7, 16, 1000];

it.each(SIZES)('says another port wherever the broker says its own, also in chunks of %i bytes', (size) => {
  const bytes = [...response(1, ...address(9092), 2, ...address(9092)), ...response(3, ...address(9093))];
  const expected = [...response(1, ...address(20_001), 2, ...address(20_001)), ...response(3, ...address(9093))];
  expect(passedOn(bytes, size)).toEqual(expected);
});

it.each(SIZES)('passes a complete response on at once, whatever it ends with, in chunks of %i bytes', (size) => {
  const bytes = [...response(7, 0), ...response(), ...response(0, 9)];
  expect(passedOn([...bytes, 0, 0], size)).toEqual(bytes);
});
