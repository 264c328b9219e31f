import { Transform, type TransformCallback } from 'node:stream';

/** Passes a stream on with `to` in the place of `from`, which is as long, also where chunks split it. */
export class ReplaceBytes extends Transform {
  readonly #from: Buffer;
  readonly #to: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(from: Buffer, to: Buffer) {
    if (from.length !== to.length) throw new TypeError(`${from.length} bytes cannot be replaced by ${to.length}`);
    super();
    this.#from = from;
    this.#to = to;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    const bytes = Buffer.concat([this.#held, chunk]);
    for (let at = bytes.indexOf(this.#from); at >= 0; at = bytes.indexOf(this.#from, at + this.#to.length))
      this.#to.copy(bytes, at);
    const complete = bytes.length - this.#begunAtTheEndOf(bytes);
    this.#held = bytes.subarray(complete);
    done(null, bytes.subarray(0, complete));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#held);
  }

  /** How many bytes at the end may be the beginning of `from`. */
  #begunAtTheEndOf(bytes: Buffer): number {
    for (let length = Math.min(this.#from.length - 1, bytes.length); length > 0; length--)
      if (this.#from.subarray(0, length).equals(bytes.subarray(-length))) return length;
    return 0;
  }
}
