import { apiVersionsOf } from './api-versions.api.ts';
import type { Api } from './api.ts';
import { consumerGroupHeartbeat } from './groups/consumer-group-heartbeat.api.ts';
import { deleteGroups } from './groups/delete-groups.api.ts';
import { describeGroups } from './groups/describe-groups.api.ts';
import { findCoordinator } from './groups/find-coordinator.api.ts';
import { heartbeat } from './groups/heartbeat.api.ts';
import { joinGroup } from './groups/join-group.api.ts';
import { leaveGroup } from './groups/leave-group.api.ts';
import { listGroups } from './groups/list-groups.api.ts';
import { offsetCommit } from './groups/offset-commit.api.ts';
import { offsetDelete } from './groups/offset-delete.api.ts';
import { offsetFetch } from './groups/offset-fetch.api.ts';
import { syncGroup } from './groups/sync-group.api.ts';
import { deleteRecords } from './records/delete-records.api.ts';
import { fetch } from './records/fetch.api.ts';
import { initProducerId } from './records/init-producer-id.api.ts';
import { listOffsets } from './records/list-offsets.api.ts';
import { offsetForLeaderEpoch } from './records/offset-for-leader-epoch.api.ts';
import { produce } from './records/produce.api.ts';
import { createAcls, deleteAcls, describeAcls, saslHandshake } from './security.api.ts';
import { alterConfigs, incrementalAlterConfigs } from './topics/alter-configs.api.ts';
import { createPartitions } from './topics/create-partitions.api.ts';
import { createTopics } from './topics/create-topics.api.ts';
import { deleteTopics } from './topics/delete-topics.api.ts';
import { describeCluster } from './topics/describe-cluster.api.ts';
import { describeConfigs } from './topics/describe-configs.api.ts';
import { describeLogDirs } from './topics/describe-log-dirs.api.ts';
import { metadata } from './topics/metadata.api.ts';

const OWN: readonly Api[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  saslHandshake,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  describeAcls,
  createAcls,
  deleteAcls,
  describeConfigs,
  alterConfigs,
  describeLogDirs,
  createPartitions,
  deleteGroups,
  incrementalAlterConfigs,
  offsetDelete,
  describeCluster,
  consumerGroupHeartbeat,
];

/** All supported APIs by key, each up to its last version in Kafka 4.3. Those of transactions (24 to 28) are missing. */
export const APIS: ReadonlyMap<number, Api> = new Map([...OWN, apiVersionsOf(OWN)].map((each) => [each.key, each]));
