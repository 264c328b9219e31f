/** Writes the primitive types of the protocol guide, in order, into a growing buffer. */
export class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #at = 0;

  int8(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#grow(2);
    this.#bytes.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  int64(value: bigint): this {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  unsignedVarint(value: number): this {
    for (; value > 0x7f; value >>>= 7) this.#uint8((value & 0x7f) | 0x80);
    return this.#uint8(value);
  }

  /** STRING, or NULLABLE_STRING. */
  string(value: string | null): this {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    return this.int16(length).text(value, length);
  }

  /** BYTES. */
  bytes(value: Buffer): this {
    return this.int32(value.length).raw(value);
  }

  /** The content of a tagged field, after its length. */
  sized(value: Buffer): this {
    return this.unsignedVarint(value.length).raw(value);
  }

  /** A text of `length` bytes, without its length. */
  text(value: string, length: number): this {
    const at = this.#grow(length);
    this.#bytes.write(value, at);
    return this;
  }

  /** All parts, without their lengths. */
  raw(...parts: readonly Buffer[]): this {
    let at = this.#grow(parts.reduce((sum, { length }) => sum + length, 0));
    for (const part of parts) at += part.copy(this.#bytes, at);
    return this;
  }

  /** Everything written so far. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #uint8(value: number): this {
    const at = this.#grow(1);
    this.#bytes.writeUInt8(value, at);
    return this;
  }

  /** Makes room and returns its offset. Call it before using `#bytes`, which it may replace. */
  #grow(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    return start;
  }
}
