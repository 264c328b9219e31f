import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { AssignerProtocol } = kafkajs;
const NAME = 'Fourfold';

/** The topic whose partitions a topic's partitions go with; the topic itself if it goes with none. */
type LeaderOf = (topic: string) => string;

/**
 * Spreads partitions over the members in turn, and gives a partition of a retry topic to the member that has the same partition
 * of its topic: only that member knows which keys wait there. kafkajs's own assigner spreads every topic by itself.
 */
export const assignTogether =
  (leaderOf: LeaderOf): PartitionAssigner =>
  ({ cluster }) => ({
    name: NAME,
    version: 0,

    async assign({ members, topics }) {
      const ids = members.map(({ memberId }) => memberId).toSorted();
      const owners = new Map<string, string>();
      let turn = 0;
      const ownerOf = (topic: string, partition: number): string => {
        const place = `${leaderOf(topic)}/${partition}`;
        if (!owners.has(place)) owners.set(place, ids[turn++ % ids.length]!);
        return owners.get(place)!;
      };
      const assignments = new Map(ids.map((id) => [id, {} as Record<string, number[]>]));
      for (const topic of topics.toSorted())
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic))
          (assignments.get(ownerOf(topic, partitionId))![topic] ??= []).push(partitionId);
      return [...assignments].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 0,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },

    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  });
