import { isUtf8 } from 'node:buffer';
import { AmqpError } from '../errors.ts';
import { type Field, type Table, TYPES } from './fields.ts';

const MAX_DEPTH = 64;

const malformed = (what: string): AmqpError => new AmqpError('SYNTAX_ERROR', `malformed ${what}`);

/** Reads the primitives of spec 4.2.5 from a frame's payload. Throws SYNTAX_ERROR if octets are missing. */
export class Reader {
  offset = 0;
  private depth = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.offset >= this.bytes.length;
  }

  /** octet (4.2.5.1) */
  octet(): number {
    return this.bytes.readUInt8(this.skip(1));
  }

  short(): number {
    return this.bytes.readUInt16BE(this.skip(2));
  }

  long(): number {
    return this.bytes.readUInt32BE(this.skip(4));
  }

  /** Exact up to 2^53: delivery tags and sizes. */
  longlong(): number {
    const start = this.skip(8);
    return this.bytes.readUInt32BE(start) * 2 ** 32 + this.bytes.readUInt32BE(start + 4);
  }

  /** timestamp (4.2.5.4) */
  timestamp(): bigint {
    return this.bytes.readBigUInt64BE(this.skip(8));
  }

  /** short string (4.2.5.3): at most 255 octets of UTF-8 */
  shortstr(): string {
    const length = this.octet();
    const start = this.skip(length);
    const text = this.bytes.toString('utf8', start, this.offset);
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, this.offset)))
      throw new AmqpError('FRAME_ERROR', 'Malformed UTF-8 in shortstr');
    return text;
  }

  /** long string (4.2.5.3): any octets */
  longstr(): Buffer {
    const length = this.long();
    const start = this.skip(length);
    return this.bytes.subarray(start, this.offset);
  }

  /** field table (4.2.5.5) */
  table(): Table {
    const end = this.long() + this.offset;
    return this.entries(end);
  }

  /** A table without a length, up to the end, as AMQPLAIN has it. */
  entries(end = this.bytes.length): Table {
    if (end > this.bytes.length || ++this.depth > MAX_DEPTH) throw malformed('table');
    const table: Table = new Map();
    while (this.offset < end) table.set(this.shortstr(), this.field());
    if (this.offset !== end) throw malformed('table');
    this.depth--;
    return table;
  }

  private field(): Field {
    const tag = String.fromCharCode(this.octet());
    const type = TYPES[tag];
    switch (type) {
      case 'bool':
        return { type, value: this.octet() !== 0 };
      case 'byte':
        return { type, value: this.bytes.readInt8(this.skip(1)) };
      case 'unsignedbyte':
        return { type, value: this.octet() };
      case 'short':
        return { type, value: this.bytes.readInt16BE(this.skip(2)) };
      case 'unsignedshort':
        return { type, value: this.short() };
      case 'signedint':
        return { type, value: this.bytes.readInt32BE(this.skip(4)) };
      case 'unsignedint':
        return { type, value: this.long() };
      case 'long':
        return { type, value: this.bytes.readBigInt64BE(this.skip(8)) };
      case 'timestamp':
        return { type, value: this.timestamp() };
      case 'float':
        return { type, value: this.bytes.readFloatBE(this.skip(4)) };
      case 'double':
        return { type, value: this.bytes.readDoubleBE(this.skip(8)) };
      case 'decimal':
        return { type, value: Buffer.from(this.bytes.subarray(this.skip(5), this.offset)) };
      case 'binary':
        return { type, value: Buffer.from(this.longstr()) };
      case 'longstr':
        return { type, value: textOf(this.longstr()) };
      case 'array':
        return { type, value: this.array() };
      case 'table':
        return { type, value: this.table() };
      case 'void':
        return { type, value: undefined };
      default:
        throw malformed(`field: unknown type ${JSON.stringify(tag)}`);
    }
  }

  private array(): Field[] {
    const end = this.long() + this.offset;
    if (end > this.bytes.length || ++this.depth > MAX_DEPTH) throw malformed('array');
    const fields: Field[] = [];
    while (this.offset < end) fields.push(this.field());
    if (this.offset !== end) throw malformed('array');
    this.depth--;
    return fields;
  }

  private skip(length: number): number {
    const start = this.offset;
    if (start + length > this.bytes.length) throw malformed('frame: it ends too early');
    this.offset = start + length;
    return start;
  }
}

const textOf = (bytes: Buffer): string | Buffer => (isUtf8(bytes) ? bytes.toString() : Buffer.from(bytes));
