import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Codec } from '@fourfold/contracts/contract';

/** Where in a message, by JSON names, the first integer stands that a number cannot hold exactly; undefined if there is none. */
export const unsafeIntegerOf = <T>(codec: Codec<T>, bytes: Uint8Array): string | undefined =>
  pathOfNaN(codec.decode(new LenientReader(bytes) as never));

/** Reads such an integer as NaN, which the generated codecs let pass, and every float as 0. */
class LenientReader extends BinaryReader {
  override int64 = () => safeOrNaN(super.int64());
  override uint64 = () => safeOrNaN(super.uint64());
  override sint64 = () => safeOrNaN(super.sint64());
  override fixed64 = () => safeOrNaN(super.fixed64());
  override sfixed64 = () => safeOrNaN(super.sfixed64());
  override double = () => super.double() * 0 || 0;
  override float = () => super.float() * 0 || 0;
}

const safeOrNaN = (value: bigint | string): bigint | string => (Number.isSafeInteger(Number(value)) ? value : 'NaN');

const pathOfNaN = (value: unknown, path = ''): string | undefined => {
  if (Number.isNaN(value) || (value instanceof Date && Number.isNaN(value.getTime()))) return path;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const inner = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const found = pathOfNaN(item, inner);
    if (found !== undefined) return found;
  }
  return undefined;
};
