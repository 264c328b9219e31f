import { randomBytes } from 'node:crypto';
import { KafkaError } from '../errors.ts';
import { Partition } from '../records/partition.ts';
import type { RecordBatch } from '../records/record-batch.ts';
import { OFFSETS_PARTITIONS } from './broker-config.ts';
import { type GivenConfig, TopicConfig } from './topic-config.ts';

const MAX_NAME = 249;
const OFFSETS = '__consumer_offsets';
const COMPACTED = [
  { name: 'cleanup.policy', value: 'compact' },
  { name: 'compression.type', value: 'producer' },
  { name: 'segment.bytes', value: '104857600' },
];
/** Most partitions per topic: an empty one costs memory too. */
const MAX_PARTITIONS = 10_000;

export interface Topic {
  readonly name: string;
  /** As Kafka shows it: 16 bytes in base64url. */
  readonly id: string;
  /** Whether it is the broker's own. */
  readonly isInternal: boolean;
  readonly config: TopicConfig;
  readonly partitions: Partition[];
}

/** A topic as CreateTopics asks for it; -1 stands for the default. */
export interface NewTopic {
  name: string;
  numPartitions: number;
  replicationFactor: number;
  /** The nodes of each partition, if the caller assigns them. */
  assignments: readonly { partitionIndex: number; brokerIds: readonly number[] }[];
  configs: readonly GivenConfig[];
}

/** The topics of the node; their batches share one memory limit. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #names = new Map<string, string>();
  readonly #nodeId: number;
  readonly maxBytes: number;
  readonly #defaultPartitions: number;
  #size = 0;

  constructor({ nodeId, maxBytes, partitions }: { nodeId: number; maxBytes: number; partitions: number }) {
    this.#nodeId = nodeId;
    this.maxBytes = maxBytes;
    this.#defaultPartitions = partitions;
  }

  /** Bytes in memory. */
  get size(): number {
    return this.#size;
  }

  get all(): Topic[] {
    return [...this.#topics.values()];
  }

  get names(): string[] {
    return [...this.#topics.keys()];
  }

  /** The name of the topic with this id. Throws UNKNOWN_TOPIC_ID. */
  nameOf(id: string): string {
    const name = this.#names.get(id);
    if (name === undefined) throw new KafkaError('UNKNOWN_TOPIC_ID');
    return name;
  }

  find(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  partition(name: string, index: number): Partition {
    const partition = this.#topics.get(name)?.partitions[index];
    if (!partition) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return partition;
  }

  create(wanted: NewTopic, validateOnly = false): Topic {
    const { name, configs } = wanted;
    checkName(name);
    if (this.#topics.has(name)) throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
    const twin = this.names.find((other) => metricName(other) === metricName(name));
    if (twin) throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${twin}`);
    const config = new TopicConfig(configs);
    const count = this.#countOf(wanted);
    const id = randomBytes(16).toString('base64url');
    const topic = withPartitions({ name, id, isInternal: name === OFFSETS, config, partitions: [] }, count);
    if (validateOnly) return topic;
    this.#topics.set(name, topic);
    this.#names.set(id, name);
    return topic;
  }

  /** Creates the internal topic for the offsets of groups, if it is not there. The offsets themselves are kept elsewhere. */
  createOffsets(): void {
    if (!this.#topics.has(OFFSETS))
      this.create({
        name: OFFSETS,
        numPartitions: OFFSETS_PARTITIONS,
        replicationFactor: 1,
        assignments: [],
        configs: COMPACTED,
      });
  }

  /** Adds partitions. Throws INVALID_PARTITIONS if there are already `count` or more. */
  grow(name: string, count: number, assignments: readonly (readonly number[])[] | null, validateOnly: boolean): void {
    const topic = this.#topics.get(name);
    if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    const { length } = topic.partitions;
    if (count === length) throw new KafkaError('INVALID_PARTITIONS', `Topic already has ${count} partition(s).`);
    if (count < length)
      throw new KafkaError(
        'INVALID_PARTITIONS',
        `The topic ${name} currently has ${length} partition(s); ${count} would not be an increase.`,
      );
    if (count > MAX_PARTITIONS)
      throw new KafkaError('INVALID_PARTITIONS', `A topic has ${MAX_PARTITIONS} partitions at most.`);
    if (assignments && assignments.length !== count - length)
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `${assignments.length} assignments for ${count - length}`);
    assignments?.forEach((nodes) => this.#checkNodes(nodes));
    if (!validateOnly) withPartitions(topic, count);
  }

  delete(name: string): Topic {
    const topic = this.#topics.get(name);
    if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    this.#topics.delete(name);
    this.#names.delete(topic.id);
    for (const partition of topic.partitions) {
      this.#size -= partition.size;
      partition.wake();
    }
    return topic;
  }

  append(partition: Partition, batch: RecordBatch): ReturnType<Partition['append']> {
    return this.#resizing(partition, () => partition.append(batch));
  }

  deleteRecords(partition: Partition, before: bigint): void {
    this.#resizing(partition, () => partition.deleteBefore(before));
  }

  wakeAll(): void {
    for (const { partitions } of this.#topics.values()) for (const partition of partitions) partition.wake();
  }

  /** Above `maxBytes` the largest partitions lose their oldest batches, and their log start offset moves. */
  #resizing<T>(partition: Partition, change: () => T): T {
    this.#size -= partition.size;
    const result = change();
    this.#size += partition.size;
    while (this.#size > this.maxBytes) {
      const all = [...this.#topics.values()].flatMap(({ partitions }) => partitions);
      const largest = all.reduce((one, other) => (other.size > one.size ? other : one));
      this.#size -= largest.size;
      largest.shrink();
      this.#size += largest.size;
    }
    return result;
  }

  #countOf({ numPartitions: partitions, replicationFactor, assignments }: NewTopic): number {
    if (assignments.length) return this.#countAssigned(partitions, replicationFactor, assignments);
    if (replicationFactor === 0 || replicationFactor < -1)
      throw new KafkaError('INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0, or -1.');
    if (partitions === 0 || partitions < -1 || partitions > MAX_PARTITIONS)
      throw new KafkaError('INVALID_PARTITIONS', `Number of partitions must be -1, or 1 to ${MAX_PARTITIONS}.`);
    if (replicationFactor > 1)
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`,
      );
    return partitions === -1 ? this.#defaultPartitions : partitions;
  }

  #countAssigned(partitions: number, replicationFactor: number, assignments: NewTopic['assignments']): number {
    const invalid = (what: string) =>
      new KafkaError('INVALID_REQUEST', `With a manual assignment, ${what} must be -1.`);
    if (replicationFactor !== -1) throw invalid('replication factor');
    if (partitions !== -1) throw invalid('number of partitions');
    const indexes = assignments.map(({ partitionIndex }) => partitionIndex).sort((one, other) => one - other);
    if (indexes.some((index, at) => index !== at) || indexes.length > MAX_PARTITIONS)
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', 'Partitions must be a consecutive 0-based sequence.');
    for (const { brokerIds } of assignments) this.#checkNodes(brokerIds);
    return indexes.length;
  }

  #checkNodes(nodes: readonly number[]): void {
    if (nodes.length !== 1 || nodes[0] !== this.#nodeId)
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Each partition must be on node ${this.#nodeId}, and only there.`,
      );
  }
}

/** Throws INVALID_TOPIC_EXCEPTION for an invalid name. */
export function checkName(name: string): void {
  const fault =
    name === ''
      ? 'the empty string is not allowed'
      : name === '.' || name === '..'
        ? `'${name}' is not allowed`
        : name.length > MAX_NAME
          ? `the length of '${name}' is longer than the max allowed length ${MAX_NAME}`
          : /[^\w.-]/.test(name)
            ? `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
            : undefined;
  if (fault) throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic name is invalid: ${fault}`);
}

/** Kafka's metrics cannot tell names apart that differ only in dots and underscores, so the second one is refused. */
const metricName = (name: string): string => name.replaceAll('.', '_');

function withPartitions(topic: Topic, count: number): Topic {
  while (topic.partitions.length < count) topic.partitions.push(new Partition(topic, topic.partitions.length));
  return topic;
}
