import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProtocolClient } from '../../../testing/kafka/protocol-client.ts';
import { useBroker } from '../../../testing/kafka/use-broker.ts';

const FENCED = 82;
const UNKNOWN = 25;

const running = useBroker({ sessionTimeout: { min: 300 } });
let client: ProtocolClient;
beforeEach(async () => (client = await ProtocolClient.open(running.broker.brokers)));
afterEach(() => client.close());

const join = (groupInstanceId: string, sessionTimeoutMs = 10_000) => {
  const protocols = [{ name: 'range', metadata: Buffer.from('m') }];
  const member = { memberId: '', groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs: 300 };
  return client.ask('JoinGroup', 9, { groupId: 'g', ...member, protocolType: 'consumer', protocols });
};
const sync = (memberId: string, assignment?: string) => {
  const assignments = assignment ? [{ memberId, assignment: Buffer.from(assignment) }] : [];
  const protocol = { protocolType: 'consumer', protocolName: 'range' };
  return client.ask('SyncGroup', 5, { groupId: 'g', memberId, generationId: 1, ...protocol, assignments });
};
const heartbeat = async (memberId: string, groupInstanceId: string | null, generationId = 1) =>
  (await client.ask('Heartbeat', 4, { groupId: 'g', memberId, groupInstanceId, generationId })).errorCode;

describe('a static member', () => {
  it('that starts again keeps its assignment without a rebalance, and fences who was there before', async () => {
    const first = await join('one');
    await sync(first.memberId, 'all');
    const second = await join('one');
    expect(second).toMatchObject({ errorCode: 0, generationId: 1, leader: second.memberId, skipAssignment: true });
    expect(second.memberId).not.toBe(first.memberId);
    expect(`${(await sync(second.memberId)).assignment}`).toBe('all');
    expect(await heartbeat(first.memberId, 'one')).toBe(FENCED);
    expect(await heartbeat(first.memberId, null)).toBe(UNKNOWN);
    expect(await heartbeat(second.memberId, 'one')).toBe(0);
  });

  it('is removed when its session ends, or by its instance id', async () => {
    const one = await join('one', 300);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await heartbeat(one.memberId, 'one')).toBe(UNKNOWN);
    const again = await join('one');
    const { members } = await client.ask('LeaveGroup', 5, { groupId: 'g', members: [{ groupInstanceId: 'one' }] });
    expect(members).toMatchObject([{ groupInstanceId: 'one', errorCode: 0 }]);
    expect(await heartbeat(again.memberId, 'one', again.generationId)).toBe(UNKNOWN);
  });
});
