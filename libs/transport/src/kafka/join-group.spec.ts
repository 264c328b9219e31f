import { createRequire } from 'node:module';
import type { Cluster } from 'kafkajs';
import { expect, it } from 'vitest';
import { beforeJoining, type Member } from './join-group.ts';

const require = createRequire(import.meta.url);
const MEMBER: Member = { groupId: 'g', memberId: 'm-1', groupGenerationId: 3 };

const clusterOf = (member: Member | undefined) => {
  const beats: Member[] = [];
  const coordinator = { heartbeat: async (beat: Member) => void beats.push(beat) };
  const cluster = { findGroupCoordinator: async () => coordinator } as unknown as Cluster;
  const ended = Promise.withResolvers<void>();
  beforeJoining(cluster, { end: () => ended.promise, member: () => member, interval: 1 });
  return { cluster, coordinator, beats, ended };
};

it('lets a member join when what it has begun is done, and keeps it in its group until then', async () => {
  const { cluster, coordinator, beats, ended } = clusterOf(MEMBER);
  let found: unknown;
  const joining = cluster.findGroupCoordinator({ groupId: 'g' }).then((one) => (found = one));
  await expect.poll(() => beats.length).toBeGreaterThan(2);
  expect([found, beats[0]]).toEqual([undefined, MEMBER]);

  ended.resolve();
  await joining;
  expect(found).toBe(coordinator);
});

it('says nothing for a member that the group does not know', async () => {
  const { cluster, beats, ended } = clusterOf(undefined);
  const joining = cluster.findGroupCoordinator({ groupId: 'g' });
  setTimeout(ended.resolve, 20);
  await joining;
  expect(beats).toEqual([]);
});

it('finds in kafkajs what it depends on and is not in its types', () => {
  expect(require('kafkajs/src/broker/index.js').prototype.heartbeat).toBeTypeOf('function');
});
