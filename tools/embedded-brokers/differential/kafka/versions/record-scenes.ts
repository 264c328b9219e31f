import { setTimeout as sleep } from 'node:timers/promises';
import { batchOf } from '../../../testing/kafka/batch.ts';
import { type Scene, TIME, topicsOf } from './side.ts';

/** COORDINATOR_LOAD_IN_PROGRESS */
const LOADING = 14;

export const recordScenes: Record<string, Scene> = {
  Produce: async (side, ask, version) => {
    const name = side.named(`produced-${version}`);
    const topicId = await side.create(name);
    const send = (acks: number, index: number, batch: Buffer) => {
      const partitionData = [{ index, records: [batch] }];
      return ask({ acks, timeoutMs: 1000, topicData: [{ name, topicId, partitionData }] });
    };
    const batch = batchOf(['x', TIME]);
    for (const acks of [-1, 1, 5]) await send(acks, 0, batch);
    await send(-1, 9, batch);
    await send(-1, 1, Buffer.concat([batch.subarray(0, -1), Buffer.from('y')])); // the checksum is wrong now
    await send(-1, 1, batchOf(['x', 4_000_000_000_000]));
    const unknown = topicsOf(side, { partitionData: [{ index: 1, records: [batch] }] }).slice(1);
    await ask({ acks: -1, timeoutMs: 1000, topicData: unknown });
  },

  Fetch: async (side, ask) => {
    const wanted = [
      { partition: 0, fetchOffset: 0n },
      { partition: 0, fetchOffset: 2n, lastFetchedEpoch: 0 },
      { partition: 0, fetchOffset: 9999n },
      { partition: 0, fetchOffset: 9999n, lastFetchedEpoch: 0 },
      { partition: 0, fetchOffset: 0n, lastFetchedEpoch: 3 },
      { partition: 0, fetchOffset: 0n, currentLeaderEpoch: 0 },
      { partition: 0, fetchOffset: 0n, currentLeaderEpoch: 3 },
      { partition: 1, fetchOffset: 0n },
      { partition: 9, fetchOffset: 0n },
    ];
    for (const each of wanted)
      await ask({ topics: topicsOf(side, { partitions: [{ partitionMaxBytes: 100_000, ...each }] }) });
    await ask({ sessionId: 77, sessionEpoch: 3 });
  },

  ListOffsets: async (side, ask) => {
    for (const timestamp of [-1, -2, -3, -4, -5, -6, -7, TIME, TIME + 1500, TIME + 9000])
      for (const partitionIndex of [0, 1, 9]) {
        const partitions = [{ partitionIndex, timestamp: BigInt(timestamp) }];
        await ask({ replicaId: -1, timeoutMs: 1000, topics: topicsOf(side, { partitions }) });
      }
    for (const currentLeaderEpoch of [0, 3]) {
      const partitions = [{ partitionIndex: 0, currentLeaderEpoch, timestamp: -1n }];
      await ask({ replicaId: -1, timeoutMs: 1000, topics: topicsOf(side, { partitions }) });
    }
  },

  DeleteRecords: async (side, ask, version) => {
    const name = side.named(`emptied-${version}`);
    await side.create(name);
    const partitions = [0n, -1n, 5n, -2n].map((offset) => ({ partitionIndex: offset === -2n ? 9 : 0, offset }));
    for (const each of partitions) await ask({ timeoutMs: 1000, topics: [{ name, partitions: [each] }] });
    await ask({ timeoutMs: 1000, topics: [{ name: side.named('nowhere'), partitions: partitions.slice(0, 1) }] });
  },

  OffsetForLeaderEpoch: async (side, ask) => {
    const wanted = [{}, { leaderEpoch: -1 }, { leaderEpoch: 3 }, { currentLeaderEpoch: 0 }, { currentLeaderEpoch: 3 }];
    for (const each of [...wanted, { partition: 1 }, { partition: 9 }])
      await ask({ replicaId: -1, topics: topicsOf(side, { partitions: [each] }) });
  },

  InitProducerId: async (side, ask) => {
    const request = { transactionalId: null, transactionTimeoutMs: 1000 };
    const isLoading = async () => (await side.client.ask('InitProducerId', 2, request)).errorCode === LOADING;
    while (await isLoading()) await sleep(50); // a real broker that has just started
    await ask(request);
  },
};
