import { HangUp } from '../errors.ts';

/** Reads the primitive types of the protocol guide, in order. Throws HangUp if bytes are missing. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8));
  }

  /** UNSIGNED_VARINT: seven bits per byte, lowest first. */
  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new HangUp('a varint is longer than five bytes');
  }

  /** VARLONG: the same with up to ten bytes, zigzag. */
  varlong(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#advance(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new HangUp('a varlong is longer than ten bytes');
  }

  string(): string {
    return this.nullableString() ?? missing('a string');
  }

  nullableString(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.#take(length).toString('utf8');
  }

  compactString(): string {
    return this.#take(this.unsignedVarint() - 1).toString('utf8');
  }

  bytes(): Buffer {
    return this.nullableBytes() ?? missing('bytes');
  }

  /** Also RECORDS. Returns a view: copy it to keep it. */
  nullableBytes(): Buffer | null {
    const length = this.int32();
    return length === -1 ? null : this.#take(length);
  }

  array<T>(read: (reader: this) => T): T[] {
    return this.nullableArray(read) ?? missing('an array');
  }

  nullableArray<T>(read: (reader: this) => T): T[] | null {
    const length = this.int32();
    if (length === -1) return null;
    // every element has at least one byte, so a length cannot make us allocate more than was sent
    if (length < 0 || length > this.remaining)
      throw new HangUp(`an array of ${length} elements does not fit in the remaining ${this.remaining} bytes`);
    return Array.from({ length }, () => read(this));
  }

  /** Skips a TAG_BUFFER: no supported version uses its fields. */
  skipTags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.skip(this.unsignedVarint());
    }
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #take(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  #advance(length: number): number {
    if (length < 0 || length > this.remaining)
      throw new HangUp(`${length} bytes expected, only ${this.remaining} left`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

const missing = (what: string): never => {
  throw new HangUp(`${what} may not be null`);
};
