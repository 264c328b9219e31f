import { HangUp } from '../errors.ts';

/** Kafka's socket.request.max.bytes. */
export const MAX_FRAME = 100 * 1024 * 1024;

/*
  RequestOrResponse => size message
    size => INT32
*/
/** Splits the bytes from a socket into messages, without their size fields. */
export async function* framesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let length = 0;
  let wanted = 4;
  for await (const chunk of chunks) {
    pending.push(chunk);
    length += chunk.length;
    if (length < wanted) continue;
    let bytes = pending.length === 1 ? chunk : Buffer.concat(pending, length);
    while (bytes.length >= 4 && bytes.length >= (wanted = sizeOf(bytes) + 4)) {
      yield bytes.subarray(4, wanted);
      bytes = bytes.subarray(wanted);
      wanted = 4;
    }
    pending = bytes.length ? [bytes] : [];
    length = bytes.length;
  }
  if (length) throw new HangUp(`the connection ended inside a message, after ${length} bytes`);
}

function sizeOf(bytes: Buffer): number {
  const size = bytes.readInt32BE(0);
  if (size < 0 || size > MAX_FRAME) throw new HangUp(`invalid message size: ${size} bytes`);
  return size;
}
