import { type Scene, type Side, topicsOf } from './side.ts';

const PROTOCOLS = [{ name: 'range', metadata: Buffer.from('0001000000010001740000000000000000', 'hex') }];

/** Joins a group of its own as its only member, with the versions of the newest API. */
async function join({ client }: Side, groupId: string, protocolType = 'consumer', metadata = PROTOCOLS[0]!.metadata) {
  const protocols = [{ name: 'range', metadata }];
  const request = { groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType, protocols };
  const { memberId } = await client.ask('JoinGroup', 9, request);
  return client.ask('JoinGroup', 9, { ...request, memberId });
}

const joined =
  (act: (member: { groupId: string; memberId: string; generationId: number }) => object[]): Scene =>
  async (side, ask, version) => {
    const groupId = side.named(`joined-${version}`);
    const { memberId, generationId } = await join(side, groupId);
    for (const request of act({ groupId, memberId, generationId })) await ask(request);
    await side.client.ask('LeaveGroup', 3, { groupId, members: [{ memberId }] });
  };

export const groupScenes: Record<string, Scene> = {
  OffsetCommit: async (side, ask) => {
    const partitions = [0, 9].map((partitionIndex) => ({
      partitionIndex,
      committedOffset: 2n,
      committedMetadata: 'm',
    }));
    const topics = topicsOf(side, { partitions });
    await ask({ groupId: side.group, topics });
    await ask({ groupId: side.group, memberId: 'nobody', generationIdOrMemberEpoch: 1, topics });
    await ask({ groupId: '', topics });
  },

  OffsetFetch: async (side, ask, version) => {
    const topics = topicsOf(side, { partitionIndexes: [0, 1] });
    const ids = [side.group, side.named('nobody')];
    if (version < 8) for (const groupId of ids) await ask({ groupId, topics });
    if (version >= 2 && version < 8) for (const groupId of ids) await ask({ groupId });
    if (version >= 8) await ask({ groups: ids.map((groupId) => ({ groupId, topics })) });
    if (version >= 8) await ask({ groups: ids.map((groupId) => ({ groupId })) });
  },

  FindCoordinator: async ({ group }, ask, version) => {
    await ask({ key: group, coordinatorKeys: [group, 'other'] });
    if (version >= 1) await ask({ key: group, keyType: 7, coordinatorKeys: [group] });
  },

  JoinGroup: async (side, ask, version) => {
    const groupId = side.named(`join-${version}`);
    const request = { groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType: 'consumer' };
    const first = await ask({ ...request, protocols: PROTOCOLS });
    const { memberId } = first;
    if (version >= 4) await ask({ ...request, memberId, protocols: PROTOCOLS });
    await ask({ ...request, memberId: 'nobody', protocols: PROTOCOLS });
    await ask({ ...request, memberId, protocols: [] });
    await ask({ ...request, memberId, protocolType: 'connect', protocols: PROTOCOLS });
    await ask({ ...request, memberId, protocols: [...PROTOCOLS, { ...PROTOCOLS[0], name: 'roundrobin' }] });
    await ask({ ...request, groupId: '', protocols: PROTOCOLS });
    for (const sessionTimeoutMs of [999, 1_800_001]) await ask({ ...request, sessionTimeoutMs, protocols: PROTOCOLS });
    await side.client.ask('LeaveGroup', 3, { groupId, members: [{ memberId }] });
  },

  SyncGroup: joined(({ groupId, ...member }) => {
    const assignments = [{ memberId: member.memberId, assignment: Buffer.from('0000000000000000', 'hex') }];
    const protocol = { protocolType: 'consumer', protocolName: 'range' };
    return [
      { groupId, ...member, ...protocol, generationId: 77, assignments },
      { groupId, ...member, ...protocol, memberId: 'nobody' },
      { groupId, ...member, ...protocol, protocolName: 'other', assignments },
      { groupId, ...member, ...protocol, protocolType: 'other', assignments },
      { groupId, ...member, ...protocol, assignments },
      { groupId, ...member, assignments },
      { groupId: '', ...member, ...protocol },
    ];
  }),

  Heartbeat: joined(({ groupId, ...member }) => [
    { groupId, ...member },
    { groupId, ...member, generationId: 77 },
    { groupId, ...member, memberId: 'nobody' },
    { groupId: '', ...member },
    { groupId: 'versions-nowhere', ...member },
  ]),

  LeaveGroup: joined(({ groupId, memberId }) => [
    { groupId, memberId: 'nobody', members: [{ memberId: 'nobody' }] },
    { groupId: '', memberId, members: [{ memberId }] },
    { groupId: 'versions-nowhere', memberId, members: [{ memberId }] },
    { groupId, memberId, members: [{ memberId: 'nobody' }, { memberId }] },
  ]),

  DescribeGroups: async (side, ask, version) => {
    const groupId = side.named(`described-${version}`);
    const { memberId, generationId } = await join(side, groupId);
    await ask({ groups: [groupId, side.group, side.named('nobody')] });
    const assignments = [{ memberId, assignment: Buffer.from('0000000000000000', 'hex') }];
    await side.client.ask('SyncGroup', 2, { groupId, memberId, generationId, assignments });
    await side.commit(side.group); // a real coordinator shows a change only after a later write
    await ask({ groups: [groupId] });
    await side.client.ask('LeaveGroup', 3, { groupId, members: [{ memberId }] });
  },

  ListGroups: async (side, ask, version) => {
    await side.commit(side.named(`listed-${version}`));
    await side.commit(side.group);
    const own = async (request: object) => (await ask(request)).groups;
    await own({});
    if (version >= 4) for (const state of ['Empty', 'empty', 'Stable', 'Odd']) await own({ statesFilter: [state] });
    if (version >= 5) for (const type of ['classic', 'Classic', 'consumer']) await own({ typesFilter: [type] });
  },

  OffsetDelete: async (side, ask, version) => {
    const partitions = [0, 1, 9].map((partitionIndex) => ({ partitionIndex }));
    const groupId = side.named(`uncommitted-${version}`);
    await side.commit(groupId);
    for (const id of [groupId, '', side.named('nobody')])
      await ask({ groupId: id, topics: topicsOf(side, { partitions }) });
    const subscribed = Buffer.alloc(8 + side.topic.length + 4);
    subscribed.writeInt32BE(1, 2);
    subscribed.writeInt16BE(side.topic.length, 6);
    subscribed.write(side.topic, 8);
    for (const protocolType of ['consumer', 'connect']) {
      const joinedId = side.named(`${protocolType}-${version}`);
      const { memberId, generationId } = await join(side, joinedId, protocolType, subscribed);
      const other = side.named(`other-than-${protocolType}`);
      await side.create(other);
      await ask({
        groupId: joinedId,
        topics: [
          { name: side.topic, partitions },
          { name: other, partitions },
        ],
      });
      const assignments = [{ memberId, assignment: Buffer.from('0000000000000000', 'hex') }];
      await side.client.ask('SyncGroup', 2, { groupId: joinedId, memberId, generationId, assignments });
      await ask({ groupId: joinedId, topics: [{ name: side.topic, partitions }] });
      await side.client.ask('LeaveGroup', 3, { groupId: joinedId, members: [{ memberId }] });
    }
  },

  DeleteGroups: async (side, ask, version) => {
    const groupId = side.named(`deleted-${version}`);
    const joinedId = side.named(`undeleted-${version}`);
    await side.commit(groupId);
    const { memberId } = await join(side, joinedId);
    await ask({ groupsNames: [groupId, joinedId, side.named('nobody'), ''] });
    await side.client.ask('LeaveGroup', 3, { groupId: joinedId, members: [{ memberId }] });
  },
};
