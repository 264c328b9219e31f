/**
 * Repeats `length` bytes from `offset` bytes back, as snappy and LZ4 do: the copy may overlap what it writes.
 * Nothing is written at `end` or after it.
 */
export const repeat = (
  out: Buffer,
  at: number,
  end: number,
  { offset, length }: { offset: number; length: number },
) => {
  if (offset === 0 || offset > at) throw new RangeError('a copy from before the beginning');
  if (length > end - at) throw new RangeError('more data than announced or allowed');
  if (offset >= length) out.copyWithin(at, at - offset, at - offset + length);
  else for (let i = at; i < at + length; i++) out[i] = out[i - offset]!;
};
