import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import { expect, it } from 'vitest';
import { deadLetterOf } from './dead-letters.ts';
import { readMetadata } from './metadata.ts';

const require = createRequire(import.meta.url);
const encode = require('kafkajs/src/protocol/recordBatch/record/v0/index.js');
const decode = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js');
const Decoder = require('kafkajs/src/protocol/decoder.js');

/** As kafkajs reads what it has written; the length in front is not part of what it reads. */
const sentAndRead = (headers: object): KafkaMessage => {
  const decoder = new Decoder(encode({ key: Buffer.from('k'), value: Buffer.from('v'), headers }).buffer);
  decoder.readVarInt();
  return decode(decoder, { firstOffset: '0', firstTimestamp: '0' });
};
const NAMES = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', 'ordinary'];
const ownHeaders = () => Object.fromEntries(NAMES.map((name) => [name, Buffer.from(`of ${name}`)]));

it('reads headers that are named like what objects inherit', () => {
  const metadata = readMetadata(sentAndRead(ownHeaders()).headers);
  expect(Object.entries(metadata)).toEqual(NAMES.map((name) => [name, `of ${name}`]));
});

it('keeps all of them in a dead letter', () => {
  const letter = deadLetterOf(sentAndRead({ ...ownHeaders(), many: [Buffer.from('a'), Buffer.from('b')] }), {
    'x-error-code': 'NOT_FOUND',
  });
  const again = sentAndRead(letter.headers!);
  expect(Object.entries(readMetadata(again.headers))).toEqual([
    ...NAMES.map((name) => [name, `of ${name}`]),
    ['many', 'a'],
    ['x-error-code', 'NOT_FOUND'],
  ]);
  expect(again.headers!['many']).toEqual([Buffer.from('a'), Buffer.from('b')]);
});
