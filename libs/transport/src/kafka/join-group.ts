import type { Cluster } from 'kafkajs';

/** A consumer's member of a group, as the group knows it now. */
export interface Member {
  groupId: string;
  memberId: string;
  groupGenerationId: number;
}

/**
 * Lets `end` resolve before a consumer joins its group, also when it joins again because partitions move; meanwhile the group
 * hears of `member()`, so that it waits. kafkajs 2.2.4 waits only for what runs in `eachBatch`, and awaits no listener of its events;
 * but whenever it joins, it first asks the consumer's own cluster for the coordinator.
 */
export const beforeJoining = (
  cluster: Cluster,
  { end, member, interval }: { end: () => Promise<void>; member: () => Member | undefined; interval: number },
): void => {
  const find = cluster.findGroupCoordinator.bind(cluster);
  const beat = async (): Promise<void> => {
    const known = member();
    if (known) await ((await find({ groupId: known.groupId })) as Partial<GroupCoordinator>).heartbeat?.(known);
  };
  cluster.findGroupCoordinator = async (group) => {
    const beats = setInterval(() => void beat().catch(() => {}), interval); // the answer is that partitions move
    await end().finally(() => clearInterval(beats));
    return find(group);
  };
};

/** Not in the types of kafkajs. */
interface GroupCoordinator {
  heartbeat(member: Member): Promise<unknown>;
}
