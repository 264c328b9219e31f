/** Writes the primitive types of the protocol guide, in order, into a growing buffer. */
export class Writer {
  #bytes = Buffer.allocUnsafe(256);
  #at = 0;

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

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
    this.int16(length);
    const at = this.#grow(length);
    this.#bytes.write(value, at);
    return this;
  }

  /** BYTES or RECORDS: all parts, after their total length. */
  bytes(...parts: readonly Buffer[]): this {
    this.int32(parts.reduce((sum, { length }) => sum + length, 0));
    for (const part of parts) {
      const at = this.#grow(part.length);
      part.copy(this.#bytes, at);
    }
    return this;
  }

  array<T>(values: readonly T[], write: (writer: this, value: T) => unknown): this {
    this.int32(values.length);
    return this.#each(values, write);
  }

  compactArray<T>(values: readonly T[], write: (writer: this, value: T) => unknown): this {
    this.unsignedVarint(values.length + 1);
    return this.#each(values, write);
  }

  /** An empty TAG_BUFFER. */
  noTags(): this {
    return this.unsignedVarint(0);
  }

  /** Writes fields that only some versions have. */
  when(isThere: boolean, write: (writer: this) => unknown): this {
    if (isThere) write(this);
    return this;
  }

  /** Everything written so far. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #each<T>(values: readonly T[], write: (writer: this, value: T) => unknown): this {
    for (const value of values) write(this, value);
    return this;
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
