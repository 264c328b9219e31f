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

  /** NULLABLE_STRING, which headers have in all versions. */
  nullableString(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.take(length).toString('utf8');
  }

  /** TAG_BUFFER: calls `read` for each tag, with a reader of its content. */
  tags(read: (tag: number, content: Reader) => void = () => {}): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      const tag = this.unsignedVarint();
      read(tag, new Reader(this.take(this.unsignedVarint())));
    }
  }

  /** Returns a view: copy it to keep it. */
  take(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** Throws unless there are so many bytes. */
  expect(length: number): void {
    if (length < 0 || length > this.remaining)
      throw new HangUp(`${length} bytes expected, only ${this.remaining} left`);
  }

  #advance(length: number): number {
    this.expect(length);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
