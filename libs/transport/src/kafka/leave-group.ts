import type { Cluster } from 'kafkajs';

/**
 * Takes a member out of its group, so that the others need not wait for its session to end. kafkajs 2.2.4 has no public way: a
 * consumer that crashed joins as a new member (tulios/kafkajs#1482), and the broker's `leaveGroup` is not in its types.
 */
export const leaveGroup = async (cluster: Cluster, groupId: string, memberId: string): Promise<void> => {
  try {
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Partial<GroupCoordinator>;
    await coordinator.leaveGroup?.({ groupId, memberId });
  } catch {
    // the group does not know it any more, or its session ends by itself
  }
};

interface GroupCoordinator {
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}
