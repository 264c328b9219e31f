import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaBroker, startKafka } from '../../../src/kafka/broker.ts';
import { ProtocolClient } from '../../../testing/kafka/protocol-client.ts';
import { newRun, Side } from './side.ts';

const native = process.env['KAFKA_BROKERS'];
if (!native) throw new Error('KAFKA_BROKERS is not set: this compares with a real Kafka, for example 127.0.0.1:9092');

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const subscribed = (name: string) => ({ name, metadata: Buffer.from('000100000001000174ffffffff00000000', 'hex') });
const RANGE = [subscribed('range')];
const ASSIGNED = Buffer.from('00010000000100017400000001000000000000', 'hex');

/** The members of one group on one broker, and what they were answered. */
class Group {
  readonly seen: string[] = [];
  readonly #ids: string[] = [];
  readonly #side: Side;
  readonly #other: ProtocolClient;
  readonly groupId: string;

  private constructor(side: Side, other: ProtocolClient) {
    this.#side = side;
    this.#other = other;
    this.groupId = side.named('members');
  }

  static async open(brokers: string, run: string): Promise<Group> {
    return new Group(await Side.open(brokers, run), await ProtocolClient.open(brokers));
  }

  /** Over a second connection if `other`: requests of one connection wait for each other. */
  async ask(name: string, version: number, request: object, other = false): Promise<any> {
    const client = other ? this.#other : this.#side.client;
    const answer = await client.ask(name, version, { groupId: this.groupId, ...request });
    this.seen.push(`${name} ${version} ${this.#comparable(answer)}`);
    return answer;
  }

  async join(groupInstanceId: string | null, { version = 9, memberId = '', protocols = RANGE, other = false } = {}) {
    const timeouts = { sessionTimeoutMs: 20_000, rebalanceTimeoutMs: 10_000 };
    const request = { ...timeouts, groupInstanceId, memberId, protocolType: 'consumer', protocols };
    return this.ask('JoinGroup', version, request, other);
  }

  close(): void {
    this.#side.close();
    this.#other.close();
  }

  /** Replaces each id by the number of its first appearance. */
  #comparable(answer: unknown): string {
    const text = JSON.stringify(answer, (key, value) => (key === 'members' ? sorted(value) : value));
    return text.replaceAll(UUID, (id) => {
      if (!this.#ids.includes(id)) this.#ids.push(id);
      return `id ${this.#ids.indexOf(id)}`;
    });
  }
}

/** The order of members is left to the coordinator. */
const sorted = (members: { groupInstanceId: string }[]) =>
  members.toSorted((one, other) => one.groupInstanceId.localeCompare(other.groupInstanceId));

const claims = (memberId: string, generationId: number, groupInstanceId: string | null = 'one') => ({
  memberId,
  generationId,
  groupInstanceId,
});

/** Asks with the identity of a member in every way. */
const useIdentity = async (group: Group, memberId: string, generationId: number, instanceId: string | null) => {
  const claim = claims(memberId, generationId, instanceId);
  await group.ask('Heartbeat', 4, claim);
  await group.ask('SyncGroup', 5, { ...claim, protocolType: 'consumer', protocolName: 'range' });
  await group.ask('OffsetCommit', 8, {
    ...claim,
    generationIdOrMemberEpoch: generationId,
    topics: [
      { name: group.groupId.replace(/-[^-]+$/, '-topic'), partitions: [{ partitionIndex: 0, committedOffset: 1n }] },
    ],
  });
};

const plays: Record<string, (group: Group) => Promise<void>> = {
  'that start again keep their assignment; whoever was there before is fenced': async (group) => {
    const first = await group.join('one');
    const assignments = [{ memberId: first.memberId, assignment: ASSIGNED }];
    const protocol = { protocolType: 'consumer', protocolName: 'range' };
    await group.ask('SyncGroup', 5, { ...claims(first.memberId, 1), ...protocol, assignments });
    const second = await group.join('one');
    await useIdentity(group, first.memberId, 1, 'one');
    await useIdentity(group, first.memberId, 1, null);
    await useIdentity(group, second.memberId, 1, 'nobody');
    await useIdentity(group, second.memberId, 1, null);
    await useIdentity(group, second.memberId, 1, 'one');
    const third = await group.join('one', { version: 8 });
    await useIdentity(group, third.memberId, 1, 'one');
    await group.join('one', { memberId: first.memberId });
    await group.join('nobody', { memberId: third.memberId });
    const fourth = await group.join('one', { memberId: third.memberId });
    await group.ask('LeaveGroup', 5, { members: [{ memberId: first.memberId, groupInstanceId: 'one' }] });
    await group.ask('LeaveGroup', 5, { members: [{ memberId: '', groupInstanceId: 'nobody' }] });
    await group.ask('LeaveGroup', 5, { members: [{ memberId: '' }] });
    await group.ask('LeaveGroup', 5, { members: [{ memberId: '', groupInstanceId: 'one' }] });
    await useIdentity(group, fourth.memberId, 2, 'one');
  },

  'that change the protocol of the group start a rebalance': async (group) => {
    const first = await group.join('one');
    const assignments = [{ memberId: first.memberId, assignment: ASSIGNED }];
    const protocol = { protocolType: 'consumer', protocolName: 'range' };
    await group.ask('SyncGroup', 5, { ...claims(first.memberId, 1), ...protocol, assignments });
    const second = await group.join('one', { protocols: [subscribed('roundrobin')] });
    await group.ask('Heartbeat', 4, claims(second.memberId, 2));
    await group.join('one');
  },

  'join and leave beside others': async (group) => {
    const first = await group.join('one');
    const assignments = [{ memberId: first.memberId, assignment: ASSIGNED }];
    const protocol = { protocolType: 'consumer', protocolName: 'range' };
    await group.ask('SyncGroup', 5, { ...claims(first.memberId, 1), ...protocol, assignments });
    const joining = group.join('two', { other: true });
    while ((await group.ask('Heartbeat', 4, claims(first.memberId, 1))).errorCode === 0) group.seen.pop(); // until it is there
    const again = group.join('one', { memberId: first.memberId });
    const [second] = await Promise.all([joining, again]);
    group.seen.sort(); // both are answered at once
    const syncing = group.ask('SyncGroup', 5, { ...claims(second.memberId, 2, 'two'), ...protocol }, true);
    const both = [first, second].map(({ memberId }) => ({ memberId, assignment: ASSIGNED }));
    await group.ask('SyncGroup', 5, { ...claims(first.memberId, 2), ...protocol, assignments: both });
    await syncing;
    await group.ask('Heartbeat', 4, claims(second.memberId, 2, 'two'));
    await group.join('two');
    await group.ask('Heartbeat', 4, claims(first.memberId, 2));
    await group.ask('LeaveGroup', 5, { members: [{ groupInstanceId: 'two' }] });
    await group.ask('Heartbeat', 4, claims(first.memberId, 2));
  },
};

let broker: KafkaBroker;
beforeAll(async () => (broker = await startKafka()));
afterAll(() => broker.close());

describe('static members', () => {
  it.each(Object.entries(plays))('%s', async (_name, play) => {
    const run = newRun();
    const groups = await Promise.all([broker.brokers, native].map((brokers) => Group.open(brokers, run)));
    await Promise.all(groups.map((group) => play(group)));
    for (const group of groups) group.close();
    expect(groups[0]!.seen).toEqual(groups[1]!.seen);
  });
});
