import { type Field, type Table, TAGS } from './fields.ts';

/** Writes the primitives of spec 4.2.5 into a growing buffer. */
export class Writer {
  length = 0;
  protected bytes: Buffer;

  constructor(size = 256) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  octet(value: number): void {
    const start = this.grow(1);
    this.bytes[start] = value;
  }

  short(value: number): void {
    const start = this.grow(2);
    this.bytes.writeUInt16BE(value, start);
  }

  long(value: number): void {
    const start = this.grow(4);
    this.bytes.writeUInt32BE(value, start);
  }

  longlong(value: number): void {
    this.long(Math.floor(value / 2 ** 32));
    this.long(value >>> 0);
  }

  timestamp(value: bigint): void {
    const start = this.grow(8);
    this.bytes.writeBigUInt64BE(value, start);
  }

  shortstr(text: string): void {
    const start = this.grow(1 + 255);
    const length = this.bytes.write(text, start + 1, 255, 'utf8');
    this.bytes[start] = length;
    this.length = start + 1 + length;
  }

  longstr(value: string | Buffer): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.long(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Buffer): void {
    const start = this.grow(bytes.length);
    bytes.copy(this.bytes, start);
  }

  table(table: Table): void {
    this.measured(() => {
      for (const [name, field] of table) {
        this.shortstr(name);
        this.field(field);
      }
    });
  }

  /** Returns a copy of everything written, and starts again. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return taken;
  }

  private field({ type, value }: Field): void {
    this.octet(TAGS[type].charCodeAt(0));
    switch (type) {
      case 'bool':
        return this.octet(Number(value));
      case 'byte':
        return void this.room(1).writeInt8(value, this.length - 1);
      case 'unsignedbyte':
        return this.octet(value);
      case 'short':
        return void this.room(2).writeInt16BE(value, this.length - 2);
      case 'unsignedshort':
        return this.short(value);
      case 'signedint':
        return void this.room(4).writeInt32BE(value, this.length - 4);
      case 'unsignedint':
        return this.long(value);
      case 'long':
        return void this.room(8).writeBigInt64BE(value, this.length - 8);
      case 'timestamp':
        return this.timestamp(value);
      case 'float':
        return void this.room(4).writeFloatBE(value, this.length - 4);
      case 'double':
        return void this.room(8).writeDoubleBE(value, this.length - 8);
      case 'decimal':
        return this.raw(value);
      case 'binary':
      case 'longstr':
        return this.longstr(value);
      case 'array':
        return this.measured(() => {
          for (const field of value) this.field(field);
        });
      case 'table':
        return this.table(value);
      case 'void':
    }
  }

  /** Writes a length, followed by what `write` writes. */
  protected measured(write: () => void): void {
    const start = this.grow(4);
    write();
    this.bytes.writeUInt32BE(this.length - start - 4, start);
  }

  /** Makes room at the end and returns the buffer, which may be a new one. */
  private room(length: number): Buffer {
    this.grow(length);
    return this.bytes;
  }

  /** Makes room and returns its offset. */
  protected grow(length: number): number {
    const start = this.length;
    this.length += length;
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    return start;
  }
}
