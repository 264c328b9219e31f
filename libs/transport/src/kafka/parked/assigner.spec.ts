import kafkajs, { type Cluster } from 'kafkajs';
import { expect, it } from 'vitest';
import { assignTogether } from './assigner.ts';

const partitions: Record<string, number> = { orders: 6, 'orders.g.retry': 6, payments: 3, 'payments.g.retry': 3 };
const cluster = {
  findTopicPartitionMetadata: (topic: string) =>
    Array.from({ length: partitions[topic]! }, (_, partitionId) => ({ partitionId })),
} as unknown as Cluster;
const config = { cluster, groupId: 'g', logger: undefined as never };

const assign = async (...memberIds: string[]) => {
  const assigner = assignTogether((topic) => topic.replace('.g.retry', ''))(config);
  const members = memberIds.map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const assignments = await assigner.assign({ members, topics: Object.keys(partitions) });
  return assignments.map(
    ({ memberAssignment }) => kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)!.assignment,
  );
};

it('gives each partition to one member, evenly, and that of the retry topic to the same', async () => {
  for (const members of [['a'], ['b', 'a'], ['a', 'c', 'b'], ['a', 'b', 'c', 'd', 'e']]) {
    const assignments = await assign(...members);
    expect(assignments).toHaveLength(members.length);
    for (const topic of ['orders', 'payments']) {
      expect(assignments.flatMap((own) => own[topic] ?? []).toSorted()).toEqual([...Array(partitions[topic]).keys()]);
      for (const own of assignments) expect(own[`${topic}.g.retry`]).toEqual(own[topic]);
    }
    const sizes = assignments.map((own) => (own['orders']?.length ?? 0) + (own['payments']?.length ?? 0));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});
