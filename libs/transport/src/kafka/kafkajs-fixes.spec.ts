import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { addCodecs, MAX_DECOMPRESSED_BYTES } from './kafkajs-fixes.ts';

describe('codecs', () => {
  it('that the application has put in stay', () => {
    const ours = CompressionCodecs[CompressionTypes.Snappy];
    const theirs = () => ({});
    CompressionCodecs[CompressionTypes.Snappy] = theirs;
    addCodecs();
    expect(CompressionCodecs[CompressionTypes.Snappy]).toBe(theirs);
    CompressionCodecs[CompressionTypes.Snappy] = ours;
  });

  it.each(['ZSTD', 'Snappy', 'LZ4'] as const)('say which of them cannot read a batch: %s', async (name) => {
    addCodecs();
    const codec = CompressionCodecs[CompressionTypes[name]]();
    await expect(codec.decompress(Buffer.from('nonsense, and more of it'))).rejects.toThrow(
      `a batch compressed with ${name} cannot be read: `,
    );
  });

  it('bound what zstd makes of little', async () => {
    addCodecs();
    const zstd = CompressionCodecs[CompressionTypes.ZSTD]();
    const bomb = await zstd.compress({ buffer: Buffer.alloc(MAX_DECOMPRESSED_BYTES + 1) });
    await expect(zstd.decompress(bomb)).rejects.toThrow('cannot be read');
    await expect(zstd.decompress(await zstd.compress({ buffer: Buffer.from('text') }))).resolves.toEqual(
      Buffer.from('text'),
    );
  });
});
