import type { Api } from './api.ts';
import { apiVersionsOf } from './apis/api-versions.ts';
import { deleteRecords } from './apis/delete-records.ts';
import { alterConfigs, incrementalAlterConfigs } from './apis/alter-configs.ts';
import { describeConfigs } from './apis/describe-configs.ts';
import { fetch } from './apis/fetch.ts';
import { findCoordinator } from './apis/find-coordinator.ts';
import { deleteGroups, describeGroups, listGroups } from './apis/groups.ts';
import { initProducerId } from './apis/init-producer-id.ts';
import { listOffsets } from './apis/list-offsets.ts';
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './apis/membership.ts';
import { metadata } from './apis/metadata.ts';
import { offsetCommit, offsetFetch } from './apis/offsets.ts';
import { produce } from './apis/produce.ts';
import { createAcls, deleteAcls, describeAcls, saslHandshake } from './apis/security.ts';
import { createPartitions, createTopics, deleteTopics } from './apis/topics.ts';
import { addOffsetsToTxn, addPartitionsToTxn, endTxn, txnOffsetCommit } from './apis/transactions.ts';

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
 * Every API that is answered, by its key. Versions up to the last before each became flexible (Kafka 2.2 to 2.4):
 * kafkajs, librdkafka and the Java client 4 all agree on one of them.
 */
export const APIS: ReadonlyMap<number, Api> = new Map([...OWN, apiVersionsOf(OWN)].map((api) => [api.key, api]));
