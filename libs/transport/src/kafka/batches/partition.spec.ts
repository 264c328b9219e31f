import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../consumer/slots.ts';
import { Partition } from './partition.ts';

const batchOf = (...offsets: string[]) =>
  ({
    batch: {
      messages: offsets.map((offset) => ({ offset, key: null }) as KafkaMessage),
      lastOffset: () => offsets.at(-1)!,
    },
    heartbeat: async () => {},
    resolveOffset: () => {},
    pause: () => () => {},
  }) as unknown as EachBatchPayload;

describe('a partition whose batch takes long', () => {
  it('commits what is done once that is possible, though nothing more comes', async () => {
    const handled = Promise.withResolvers<void>();
    const commits: string[] = [];
    const partition = new Partition({
      slots: new Slots(1),
      drainTimeout: 1000,
      handle: () => handled.promise,
      async commit(offset) {
        commits.push(offset);
        if (commits.length === 1) throw new Error('NOT_COORDINATOR');
      },
    });
    await partition.handle(batchOf('0', '1'), () => true); // it goes on meanwhile
    handled.resolve();
    await expect.poll(() => commits).toEqual(['2', '2']);
  });
});
