import { Transform, type TransformCallback } from 'node:stream';

/** The address of a broker on 127.0.0.1 as Metadata and FindCoordinator have it: an int16 length, the host, the port as int32. */
const addressOf = (port: number): Buffer => {
  const host = Buffer.from('127.0.0.1');
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length);
  host.copy(bytes, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
};

/** Passes on what a Kafka broker answers, response by response, with another port wherever it says where it is. */
export class RenamedBroker extends Transform {
  readonly #from: Buffer;
  readonly #to: Buffer;
  /** Of a response that is not complete. */
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(port: number, renamedTo: number) {
    super();
    this.#from = addressOf(port);
    this.#to = addressOf(renamedTo);
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // a response is an int32 length and as many bytes; the first chunk may be too short for the length itself
    if (this.#chunks[0]!.length < 4) this.#join();
    while (this.#chunks[0]!.length >= 4 && this.#length >= 4 + this.#chunks[0]!.readInt32BE()) {
      const bytes = this.#join();
      const end = 4 + bytes.readInt32BE();
      this.push(this.#renamed(bytes.subarray(0, end)));
      this.#chunks = [bytes.subarray(end)];
      this.#length -= end;
    }
    done();
  }

  #join(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  #renamed(response: Buffer): Buffer {
    for (let at = response.indexOf(this.#from); at >= 0; at = response.indexOf(this.#from, at + this.#to.length))
      this.#to.copy(response, at);
    return response;
  }
}
