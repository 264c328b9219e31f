import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

/*
  End of central directory record (PKWARE APPNOTE 4.3.16): signature, at 10 the number of entries, at 16 the offset of the directory.
  Its entries (4.3.12), 46 bytes and their names: at 20 the compressed size, at 28 the lengths of name, extra field and comment,
  at 42 the offset of the file's header (4.3.7): 30 bytes with the lengths of name and extra field at 26, and then the content.
*/
const END = Buffer.from('PK\x05\x06');

/** The files of a jar whose names match, as texts by name. */
export async function textsOf(jar: string, wanted: RegExp): Promise<Map<string, string>> {
  const bytes = await readFile(jar);
  const end = bytes.lastIndexOf(END);
  const texts = new Map<string, string>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted.test(name)) texts.set(name, contentOf(bytes, bytes.readUInt32LE(at + 42), bytes.readUInt32LE(at + 20)));
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return texts;
}

function contentOf(bytes: Buffer, header: number, size: number): string {
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  return inflateRawSync(bytes.subarray(start, start + size)).toString('utf8');
}
