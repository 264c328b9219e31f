import { setTimeout as sleep } from 'node:timers/promises';
import { AssignerProtocol } from 'kafkajs';
import { kafkaAt } from '../../testing/kafka/raw-client.ts';
import type { Member } from './members.ts';
import { somePartition, someTopic, type Stage, type Step } from './stage.ts';

const MOST = 3;

const memberStep =
  (act: (stage: Stage, member: Member) => Promise<unknown>): Step =>
  (stage) => {
    const index = stage.random.below(MOST);
    const answer = async () => {
      const member = await stage.members.at(index);
      return stage.members.ask(member, () => act(stage, member));
    };
    return { asked: { member: index }, answer };
  };

/** The member's own id and generation, sometimes unknown ones. */
const claim = ({ random }: Stage, { id, generation }: Member) => ({
  memberId: random.chance(8) ? 'nobody' : id,
  generationId: random.chance(8) ? 77 : generation,
});

/** What consumers send to the leader; a real coordinator reads it too. */
const subscription = (text: string): Buffer =>
  AssignerProtocol.MemberMetadata.encode({ version: 0, topics: ['t'], userData: Buffer.from(text) });

const assignment = (text: string): Buffer =>
  AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: { t: [0] }, userData: Buffer.from(text) });

const join = memberStep(async ({ random, members: { group } }, member) => {
  const isOdd = random.chance(10);
  const protocols = [
    { name: 'range', metadata: subscription(`range-${random.below(3)}`) },
    { name: 'roundrobin', metadata: subscription('roundrobin') },
    { name: 'own', metadata: subscription('own') },
  ];
  const request = {
    groupId: isOdd && random.chance(30) ? '' : group,
    sessionTimeout: isOdd ? random.of([10, 30_000, 10_000_000]) : 30_000,
    rebalanceTimeout: 1500,
    memberId: isOdd && random.chance(50) ? 'nobody' : member.id,
    protocolType: isOdd && random.chance(30) ? 'connect' : 'consumer',
    groupProtocols: isOdd
      ? protocols.slice(2)
      : random.of([protocols, protocols.slice(0, 2)]) /* when votes are equal, a real broker takes any of them */,
  };
  const joined = await member.client['joinGroup']!(request);
  member.id = joined.memberId;
  member.generation = joined.generationId;
  member.others = joined.members.map(({ memberId }: { memberId: string }) => memberId);
  const members = joined.members.map(({ memberId, memberMetadata }: any) => ({ memberId, memberMetadata }));
  members.sort((one: any, other: any) => one.memberMetadata.compare(other.memberMetadata));
  return { ...joined, members: members.map(({ memberMetadata }: any) => memberMetadata), count: members.length };
});

const sync = memberStep(async (stage, member) => {
  const { memberId, generationId } = claim(stage, member);
  const forgetsItself = stage.random.chance(10);
  const assigned = member.others.filter((id) => !forgetsItself || id !== member.id);
  const { memberAssignment } = await member.client['syncGroup']!({
    groupId: stage.members.group,
    memberId,
    generationId,
    groupAssignment: assigned.map((id) => ({ memberId: id, memberAssignment: assignment(id) })),
  });
  return memberAssignment;
});

const heartbeat = memberStep((stage, member) => {
  const { memberId, generationId } = claim(stage, member);
  return member.client['heartbeat']!({ groupId: stage.members.group, memberId, groupGenerationId: generationId });
});

const leave = memberStep(async (stage, member) => {
  const { memberId } = claim(stage, member);
  const isLeader = member.others.length > 0;
  const hasOthers = stage.members.all.some((other) => other !== member && (other.id || other.pending));
  if (isLeader && hasOthers) return 'stays: a real coordinator would choose any member as leader';
  const { errorCode } = await member.client['leaveGroup']!({ groupId: stage.members.group, memberId });
  if (memberId === member.id) Object.assign(member, { id: '', generation: -1, others: [] });
  return { errorCode };
});

const commit = memberStep((stage, member) => {
  const { random } = stage;
  const { memberId, generationId } = random.chance(20) ? { memberId: '', generationId: -1 } : claim(stage, member);
  const offset = random.of(['0', '5', '-1', '9223372036854775807']);
  const metadata = random.of([null, 'here', 'ü', 'm'.repeat(5000)]);
  const partitions = [{ partition: somePartition(stage), offset, metadata }];
  const topics = [{ topic: someTopic(stage), partitions }];
  return member.client['offsetCommit']!({
    groupId: random.chance(5) ? '' : stage.members.group,
    groupGenerationId: generationId,
    memberId,
    topics,
  });
});

const offsets: Step = (stage) => {
  const { random, client, members } = stage;
  const wanted = random.chance(30)
    ? []
    : random.list(2, () => ({ topic: someTopic(stage), partitions: [0, 1, 4].map((partition) => ({ partition })) }));
  const groupId = random.of([members.group, members.group, members.group, `${members.group}-nobody`]);
  const answer = async () => {
    const { responses, errorCode } = await client['offsetFetch']!({ groupId, topics: wanted });
    for (const { partitions } of responses) partitions.sort((one: any, other: any) => one.partition - other.partition);
    return { errorCode, responses: responses.toSorted((one: any, other: any) => (one.topic < other.topic ? -1 : 1)) };
  };
  return { asked: { groupId, wanted }, answer };
};

/** Commits another offset: a real coordinator lists a new group only after a later write. */
async function untilShown({ client, topics, members: { group } }: Stage): Promise<void> {
  const [topic] = topics.keys();
  const partitions = [{ partition: 0, offset: '1' }];
  const request = { groupId: `${group}-other`, groupGenerationId: -1, memberId: '' };
  if (topic) await client['offsetCommit']!({ ...request, topics: [{ topic, partitions }] });
}

const describe: Step = (stage) => ({
  asked: {},
  answer: async () => {
    const { group } = stage.members;
    await untilShown(stage);
    if (!stage.topics.size) return 'not sure to be shown';
    const { groups } = await stage.client['describeGroups']!({
      groupIds: [group, `${group}-nobody`, `${group}-other`],
    });
    for (const each of groups) {
      const sorted = each.members.map(
        (member: any) => `${member.memberMetadata}|${member.clientId}|${member.clientHost}`,
      );
      each.members = sorted.toSorted();
    }
    return groups;
  },
});

const list: Step = (stage) => ({
  asked: {},
  answer: async () => {
    await untilShown(stage);
    const { groups } = await stage.client['listGroups']!();
    const own = groups.filter(({ groupId }: any) => groupId.startsWith(stage.prefix));
    return stage.topics.size ? own.toSorted((one: any, other: any) => (one.groupId < other.groupId ? -1 : 1)) : [];
  },
});

const remove: Step = ({ admin, random, members: { group } }) => {
  const groupIds = random.of([[group], [group, `${group}-nobody`]]);
  const answer = async () =>
    admin
      .deleteGroups(groupIds)
      .catch(({ groups }: any) => groups?.map(({ groupId, errorCode }: any) => `${groupId} ${errorCode}`).toSorted());
  return { asked: groupIds, answer };
};

/** Runs a complete kafkajs consumer. */
const consume: Step = (stage) => {
  const { prefix, brokers, topics, random } = stage;
  const topic = [...topics.keys()][0];
  const groupId = `${prefix}consumer-${random.below(2)}`;
  const values = random.list(5, (at) => `value ${at}`);
  const answer = async () => {
    if (!topic) return 'no topic';
    const producer = kafkaAt(brokers).producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ partition: 0, value })) });
    await producer.disconnect();
    const consumer = kafkaAt(brokers).consumer({ groupId, maxWaitTimeInMs: 50 });
    const seen: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const isHeard = Promise.withResolvers<void>();
    await consumer.run({
      eachMessage: async ({ message: { offset, value } }) => {
        seen.push(`${offset}: ${value}`);
        if (String(value) === values.at(-1)) isHeard.resolve();
      },
    });
    await Promise.race([isHeard.promise, sleep(10_000)]);
    await consumer.disconnect();
    return seen;
  };
  return { asked: { groupId, values }, answer };
};

export const groupSteps: Record<string, Step> = {
  ...{ join, joinAgain: join, joinOnceMore: join, sync, syncAgain: sync, syncOnceMore: sync },
  ...{ heartbeat, leave, commit, commitAgain: commit, offsets, describe, list, remove, consume },
};
