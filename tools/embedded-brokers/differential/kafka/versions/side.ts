import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIS } from '../../../src/kafka/apis.ts';
import { NO_ID } from '../../../src/kafka/wire/fields.ts';
import { batchOf } from '../../../testing/kafka/batch.ts';
import { ProtocolClient } from '../../../testing/kafka/protocol-client.ts';

/** A time of records that a real broker keeps. */
export const TIME = Date.now() - 3_600_000;

/** The id of no topic. */
export const UNKNOWN_ID = Buffer.alloc(16, 7).toString('base64url');

/** Differ between any two brokers, or are texts for people. */
const LEFT_OUT = new Set([
  ...[
    'port',
    'clusterId',
    'producerId',
    'errorMessage',
    'batchIndexErrorMessage',
    'logDir',
    'totalBytes',
    'usableBytes',
  ],
  ...['supportedFeatures', 'finalizedFeatures', 'finalizedFeaturesEpoch', 'documentation'],
]);

/** The names that specs of this project use. */
const OTHERS = /^(script|versions|consumer|outage|spec|fourfold)-|^__/;

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** What the names of one spec begin with. */
export const newRun = (): string => `versions-${randomUUID().slice(0, 8)}`;

/** Plays one API in one version; what it answers is compared. */
export type Scene = (side: Side, ask: (request: object) => Promise<any>, version: number) => Promise<void>;

/** One of the two brokers that are compared, with a topic of two partitions and a group on it. */
export class Side {
  readonly topic: string;
  readonly group: string;
  readonly client: ProtocolClient;
  topicId = '';
  readonly #run: string;
  readonly #ids = new Map<string, string>();

  private constructor(client: ProtocolClient, run: string) {
    this.client = client;
    this.#run = run;
    this.topic = `${run}-topic`;
    this.group = `${run}-group`;
  }

  /** `run` is what all its names begin with: the same for both sides, another one for each spec. */
  static async open(brokers: string, run: string): Promise<Side> {
    const side = new Side(await ProtocolClient.open(brokers), run);
    side.topicId = await side.create(side.topic);
    const partitionData = [{ index: 0, records: [batchOf(['a', TIME], ['b', TIME + 2000], ['c', TIME + 1000])] }];
    await side.client.ask('Produce', 3, {
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: side.topic, partitionData }],
    });
    await side.commit(side.group);
    return side;
  }

  /** A name of this run. */
  named(name: string): string {
    return `${this.#run}-${name}`;
  }

  /** Creates a topic of two partitions; resolves to its id once it can be used. */
  async create(name: string): Promise<string> {
    const topics = [{ name, numPartitions: 2, replicationFactor: 1 }];
    const { topicId } = (await this.client.ask('CreateTopics', 7, { topics })).topics[0];
    this.#ids.set(topicId, `id of ${name}`);
    const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }));
    const isReady = async () => {
      const { topics: all } = await this.client.ask('ListOffsets', 1, {
        replicaId: -1,
        topics: [{ name, partitions }],
      });
      return all[0].partitions.every(({ errorCode }: { errorCode: number }) => errorCode === 0);
    };
    while (!(await isReady())) await sleep(20);
    return topicId;
  }

  /** Commits offset 1 of the topic's first partition for a group without members. */
  async commit(groupId: string, name = this.topic): Promise<void> {
    const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: 'm' }];
    const isDone = async () => {
      const { topics } = await this.client.ask('OffsetCommit', 2, { groupId, topics: [{ name, partitions }] });
      return topics[0].partitions[0].errorCode === 0;
    };
    while (!(await isDone())) await sleep(50); // a real coordinator starts with the first commit
  }

  async play(name: string, version: number, scene: Scene): Promise<unknown[]> {
    const seen: unknown[] = [];
    const ask = async (request: object) => {
      const response = await this.client.ask(name, version, request);
      seen.push(this.#comparable(response));
      return response;
    };
    await scene(this, ask, version);
    return seen;
  }

  close(): void {
    this.client.close();
  }

  #idOf(id: string): string {
    return this.#ids.get(id) ?? (id === NO_ID || id === UNKNOWN_ID ? id : 'new');
  }

  /** A real broker keeps the topics and groups of earlier specs. */
  #isOwn(value: { name?: unknown; groupId?: unknown } | null): boolean {
    return [value?.name, value?.groupId].every(
      (name) => typeof name !== 'string' || !OTHERS.test(name) || name.startsWith(this.#run),
    );
  }

  #comparable(value: unknown): unknown {
    if (typeof value === 'bigint') return `${value}`;
    if (typeof value === 'string') return value.replaceAll(UUID, 'uuid');
    if (Buffer.isBuffer(value)) return value.toString('hex');
    if (Array.isArray(value))
      return value
        .filter((each) => isServed(each) && this.#isOwn(each))
        .map((each) => this.#comparable(each))
        .toSorted(byText);
    if (value === null || typeof value !== 'object') return value;
    if ('configSource' in value && !('synonyms' in value)) return (value as { name?: string }).name; // of CreateTopics: values differ
    const entries = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key));
    return Object.fromEntries(
      entries.map(([key, each]) => [key, key === 'topicId' ? this.#idOf(each as string) : this.#comparable(each)]),
    );
  }
}

const isServed = (value: { apiKey?: number } | null): boolean => value?.apiKey === undefined || APIS.has(value.apiKey);

/** The topic, and one that does not exist, with the same content. */
export const topicsOf = <T>(side: Side, more: T) => [
  { name: side.topic, topic: side.topic, topicId: side.topicId, ...more },
  { name: side.named('nowhere'), topic: side.named('nowhere'), topicId: UNKNOWN_ID, ...more },
];

/** A scene of fixed requests. */
export const asked =
  (...requests: object[]): Scene =>
  async (_side, ask) => {
    for (const request of requests) await ask(request);
  };

/** The order of most arrays is left to the broker. */
const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
