import type { Cluster } from 'kafkajs';

/**
 * Takes a member out of its group, so that the others need not wait for its session to end. kafkajs 2.2.4 has no public way: a
 * consumer that crashed joins as a new member (tulios/kafkajs#1482), and the broker's `leaveGroup` is not in its types.
 */
export const leaveGroup = async (cluster: Cluster, groupId: string, memberId: string): Promise<void> => {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Partial<GroupCoordinator>;
  try {
    await coordinator.leaveGroup?.({ groupId, memberId });
  } catch (thrown) {
    // its session may have ended already; a coordinator that is still starting is to be asked again
    if ((thrown as { type?: string }).type !== 'UNKNOWN_MEMBER_ID') throw thrown;
  }
};

interface GroupCoordinator {
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}
