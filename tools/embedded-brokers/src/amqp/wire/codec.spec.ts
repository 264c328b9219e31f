import { describe, expect, it } from 'vitest';
import { AmqpError } from '../errors.ts';
import type { Field, Table } from './fields.ts';
import { readMethod, writeMethod } from './methods.ts';
import { readProperties, writeProperties } from './properties.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const table: Table = new Map<string, Field>([
  ['bool', { type: 'bool', value: true }],
  ['byte', { type: 'byte', value: -5 }],
  ['unsignedbyte', { type: 'unsignedbyte', value: 250 }],
  ['short', { type: 'short', value: -300 }],
  ['unsignedshort', { type: 'unsignedshort', value: 65_000 }],
  ['signedint', { type: 'signedint', value: -70_000 }],
  ['unsignedint', { type: 'unsignedint', value: 4_000_000_000 }],
  ['long', { type: 'long', value: -(2n ** 62n) }],
  ['float', { type: 'float', value: 0.5 }],
  ['double', { type: 'double', value: Math.PI }],
  ['decimal', { type: 'decimal', value: Buffer.from([2, 0, 0, 4, 210]) }],
  ['longstr', { type: 'longstr', value: 'grüße' }],
  ['octets', { type: 'longstr', value: Buffer.from([0xff, 0xfe]) }],
  ['binary', { type: 'binary', value: Buffer.from([1, 2, 3]) }],
  ['timestamp', { type: 'timestamp', value: 1_700_000_000n }],
  ['void', { type: 'void', value: undefined }],
  [
    'array',
    {
      type: 'array',
      value: [
        { type: 'void', value: undefined },
        { type: 'short', value: 7 },
      ],
    },
  ],
  ['table', { type: 'table', value: new Map([['inner', { type: 'bool', value: false }]]) }],
]);

const written = (write: (writer: Writer) => void): Buffer => {
  const writer = new Writer(1);
  write(writer);
  return writer.take();
};

describe('tables', () => {
  it('survive a round trip with all types and values', () => {
    expect(new Reader(written((writer) => writer.table(table))).table()).toEqual(table);
  });

  it('are encoded as expected', () => {
    expect(written((writer) => writer.table(new Map())).toString('hex')).toBe('00000000');
    const one: Table = new Map([['a', { type: 'signedint', value: 1 }]]);
    expect(written((writer) => writer.table(one)).toString('hex')).toBe('0000000701614900000001');
  });

  it('are refused if truncated anywhere', () => {
    const bytes = written((writer) => writer.table(table));
    for (let length = 0; length < bytes.length; length++)
      expect(() => new Reader(bytes.subarray(0, length)).table()).toThrow(AmqpError);
  });

  it('are refused if nested too deeply', () => {
    const depth = 10_000;
    const bytes = Buffer.alloc(depth * 6 + 4);
    for (let level = 0; level < depth; level++) {
      bytes.writeUInt32BE(bytes.length - level * 6 - 4, level * 6);
      bytes.write('\0F', level * 6 + 4, 'latin1');
    }
    expect(() => new Reader(bytes).table()).toThrow('malformed table');
  });
});

describe('methods', () => {
  it('are written as in the spec', () => {
    const args = { deliveryTag: 2 ** 32 + 5, multiple: true, requeue: false };
    const bytes = written((writer) => writeMethod(writer, 'basic.nack', args));
    expect(bytes.toString('hex')).toBe('003c0078000000010000000501');
    expect(readMethod(bytes)).toEqual({ name: 'basic.nack', args });
  });

  it('pack consecutive bits into one octet', () => {
    const args = {
      reserved1: 0,
      queue: 'q',
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: true,
      noWait: false,
      arguments: table,
    };
    const bytes = written((writer) => writeMethod(writer, 'queue.declare', args));
    expect(bytes.subarray(0, 9).toString('hex')).toBe('0032000a000001710a');
    expect(readMethod(bytes)).toEqual({ name: 'queue.declare', args });
  });

  it('are refused if unknown or incomplete', () => {
    expect(() => readMethod(Buffer.from('003c00c8', 'hex'))).toThrow('NOT_IMPLEMENTED - method 60.200');
    expect(() => readMethod(Buffer.from('003c005000', 'hex'))).toThrow('SYNTAX_ERROR');
    expect(() => readMethod(Buffer.from('00', 'hex'))).toThrow('FRAME_ERROR');
    expect(() => readMethod(Buffer.from('0014000a01ff', 'hex'))).toThrow('FRAME_ERROR - Malformed UTF-8 in shortstr');
  });
});

describe('properties', () => {
  it('survive a round trip, all of them or none', () => {
    const all = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: table,
      deliveryMode: 2,
      priority: 9,
      correlationId: 'c',
      replyTo: 'r',
      expiration: '60000',
      messageId: 'm',
      timestamp: 1_700_000_000n,
      type: 't',
      userId: 'guest',
      appId: 'a',
      clusterId: 'x',
    };
    expect(readProperties(writeProperties(all))).toEqual(all);
    expect(readProperties(writeProperties({}))).toEqual({});
    expect(writeProperties({ deliveryMode: 2 }).toString('hex')).toBe('100002');
  });
});
