import type { Faults } from '../../faults/faults.ts';
import { KafkaError } from '../errors.ts';
import type { SessionTimeoutLimits } from '../topics/broker-config.ts';
import { type Claim, CONSUMER, Group } from './group.ts';
import type { Joined, JoinRequest } from './member.ts';

const MAX_METADATA = 4096;

/** A group's committed offset for one partition. */
export interface Committed {
  offset: bigint;
  leaderEpoch: number;
  metadata: string;
}

type Offsets = Map<string, Map<number, Committed>>;

/** The consumer groups and their committed offsets. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #offsets = new Map<string, Offsets>();
  readonly #faults: Faults | undefined;

  readonly #sessionTimeout: SessionTimeoutLimits;

  constructor({ faults, sessionTimeout }: { faults?: Faults; sessionTimeout: SessionTimeoutLimits }) {
    this.#faults = faults;
    this.#sessionTimeout = sessionTimeout;
  }

  get all(): Group[] {
    return [...this.#groups.values()];
  }

  find(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  async join(id: string, request: JoinRequest): Promise<Joined> {
    if (id === '') throw new KafkaError('INVALID_GROUP_ID');
    const { min, max } = this.#sessionTimeout;
    if (request.sessionTimeout < min || request.sessionTimeout > max) throw new KafkaError('INVALID_SESSION_TIMEOUT');
    if (request.memberId !== '') return this.withMembers(id).join(request);
    this.#expectCoordinator(id);
    return this.#open(id).join(request);
  }

  /** Throws UNKNOWN_MEMBER_ID for an unknown group, since it has no members. */
  withMembers(id: string): Group {
    this.#expectCoordinator(id);
    const group = this.#groups.get(id);
    if (id === '') throw new KafkaError('INVALID_GROUP_ID');
    if (!group) throw new KafkaError('UNKNOWN_MEMBER_ID');
    return group;
  }

  /** Throws unless this member may commit. A commit without a generation creates an unknown group. */
  checkCommit(id: string, claim: Claim): void {
    this.#expectCoordinator(id);
    if (!this.#groups.has(id) && claim.generation >= 0) throw new KafkaError('ILLEGAL_GENERATION');
    this.#open(id).checkCommit(claim);
  }

  commit(id: string, topic: string, partition: number, committed: Committed): void {
    if (committed.metadata.length > MAX_METADATA) throw new KafkaError('OFFSET_METADATA_TOO_LARGE');
    const offsets = getOrAdd(this.#offsets, id, (): Offsets => new Map());
    getOrAdd(offsets, topic, () => new Map()).set(partition, committed);
  }

  /** Throws unless offsets can be deleted: the members of a group that are no consumers may use them all. */
  withDeletableOffsets(id: string): Group {
    this.#expectCoordinator(id);
    if (id === '') throw new KafkaError('INVALID_GROUP_ID');
    const group = this.#groups.get(id);
    if (!group) throw new KafkaError('GROUP_ID_NOT_FOUND');
    if (group.state !== 'Empty' && group.protocolType !== CONSUMER) throw new KafkaError('NON_EMPTY_GROUP');
    return group;
  }

  uncommit(id: string, topic: string, partition: number): void {
    const offsets = this.#offsets.get(id);
    const ofTopic = offsets?.get(topic);
    ofTopic?.delete(partition);
    if (ofTopic?.size === 0) offsets?.delete(topic);
  }

  committed(id: string): ReadonlyMap<string, ReadonlyMap<number, Committed>> {
    return this.#offsets.get(id) ?? new Map();
  }

  /** Which groups have not committed the end of a partition, of the topics of which they have committed anything, in words. */
  waiting(partitionsOf: (topic: string) => readonly { start: bigint; end: bigint }[]): string[] {
    return [...this.#offsets].flatMap(([group, offsets]) =>
      [...offsets].flatMap(([topic, committed]) =>
        partitionsOf(topic).flatMap(({ start, end }, index) => {
          const offset = committed.get(index)?.offset ?? start;
          return offset < end ? [`topic ${topic}, partition ${index}: group ${group} is at ${offset} of ${end}`] : [];
        }),
      ),
    );
  }

  delete(id: string): void {
    const group = this.#groups.get(id);
    if (!group) throw new KafkaError('GROUP_ID_NOT_FOUND');
    if (group.state !== 'Empty') throw new KafkaError('NON_EMPTY_GROUP');
    group.close();
    this.#groups.delete(id);
    this.#offsets.delete(id);
  }

  /** Removes all offsets committed for a deleted topic. */
  forgetTopic(topic: string): void {
    for (const offsets of this.#offsets.values()) offsets.delete(topic);
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }

  #expectCoordinator(id: string): void {
    if (this.#faults?.happens('kafka.not-coordinator', id)) throw new KafkaError('NOT_COORDINATOR');
  }

  #open(id: string): Group {
    return getOrAdd(this.#groups, id, () => new Group(id, this.#faults));
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
