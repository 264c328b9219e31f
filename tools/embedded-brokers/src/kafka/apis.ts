import { apiVersionsOf } from './api-versions.api.ts';
import type { Api } from './api.ts';
import { findCoordinator } from './groups/find-coordinator.api.ts';
import { deleteGroups, describeGroups, listGroups } from './groups/groups.api.ts';
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './groups/membership.api.ts';
import { offsetCommit, offsetFetch } from './groups/offsets.api.ts';
import { deleteRecords } from './records/delete-records.api.ts';
import { fetch } from './records/fetch.api.ts';
import { initProducerId } from './records/init-producer-id.api.ts';
import { listOffsets } from './records/list-offsets.api.ts';
import { produce } from './records/produce.api.ts';
import { addOffsetsToTxn, addPartitionsToTxn, endTxn, txnOffsetCommit } from './records/transactions.api.ts';
import { createAcls, deleteAcls, describeAcls, saslHandshake } from './security.api.ts';
import { alterConfigs, incrementalAlterConfigs } from './topics/alter-configs.api.ts';
import { describeConfigs } from './topics/describe-configs.api.ts';
import { metadata } from './topics/metadata.api.ts';
import { createPartitions, createTopics, deleteTopics } from './topics/topics.api.ts';

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
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  txnOffsetCommit,
  describeAcls,
  createAcls,
  deleteAcls,
  describeConfigs,
  alterConfigs,
  createPartitions,
  deleteGroups,
  incrementalAlterConfigs,
];

/**
 * All supported APIs by key. Each goes up to its last version before flexible ones (Kafka 2.2 to 2.4): kafkajs, librdkafka
 * and the Java client 4 all support one of these.
 */
export const APIS: ReadonlyMap<number, Api> = new Map([...OWN, apiVersionsOf(OWN)].map((api) => [api.key, api]));
