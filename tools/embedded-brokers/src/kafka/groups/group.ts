import { randomUUID } from 'node:crypto';
import type { Faults } from '../../faults/faults.ts';
import { KafkaError } from '../errors.ts';
import { type Joined, type JoinRequest, Member } from './member.ts';
import { topicsIn } from './subscription.ts';

/** The protocol type of consumers. */
export const CONSUMER = 'consumer';

/** States, by their names in DescribeGroups. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** The id that a new member must join again with. */
export class MemberIdRequired extends KafkaError {
  readonly memberId: string;

  constructor(memberId: string) {
    super('MEMBER_ID_REQUIRED');
    this.memberId = memberId;
  }
}

/** A consumer group: members join, the leader assigns partitions, all sync; again whenever one joins or leaves (KIP-62). */
export class Group {
  readonly id: string;
  state: GroupState = 'Empty';
  generation = 0;
  /** '' as long as there were only commits. */
  protocolType = '';
  protocol = '';
  leader = '';
  readonly members = new Map<string, Member>();
  /** Ids given to new members that have not joined with them yet. */
  readonly #reserved = new Map<string, NodeJS.Timeout>();
  #deadline: NodeJS.Timeout | undefined;

  readonly #faults: Faults | undefined;

  constructor(id: string, faults?: Faults) {
    this.id = id;
    this.#faults = faults;
  }

  /** Starts a rebalance and resolves when it is complete. */
  join(request: JoinRequest): Promise<Joined> {
    const { memberId, protocolType, protocols } = request;
    if (!this.#supports(request)) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
    if (memberId === '') return this.#welcome(request);
    if (this.#release(memberId)) return this.#add(memberId, request);
    const member = this.#member(memberId);
    const isOld = this.state === 'CompletingRebalance' || (this.state === 'Stable' && this.leader !== memberId);
    if (isOld && member.hasSameProtocols(protocols)) return Promise.resolve(this.#joined(member));
    this.protocolType = protocolType;
    member.update(request);
    return this.#rebalanceWith(member);
  }

  /** Resolves with the member's assignment once the leader has sent it. */
  sync(memberId: string, generation: number, assignments: ReadonlyMap<string, Buffer>): Promise<Buffer> {
    const member = this.#memberOf(memberId, generation);
    if (this.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
    member.hasSynced = true;
    member.keepAlive();
    if (this.state === 'Stable') return Promise.resolve(member.assignment);
    const assigned = member.syncing.await();
    if (memberId === this.leader) {
      this.state = 'Stable';
      for (const each of this.members.values()) {
        each.assignment = Buffer.from(assignments.get(each.id) ?? []);
        each.syncing.resolve(each.assignment);
      }
    }
    return assigned;
  }

  /** Whether a member is a consumer of this topic. */
  isSubscribedTo(topic: string): boolean {
    if (this.protocolType !== CONSUMER) return false;
    return [...this.members.values()].some((member) => topicsIn(member.metadataOf(this.protocol)).includes(topic));
  }

  heartbeat(memberId: string, generation: number): void {
    const member = this.#memberOf(memberId, generation);
    if (this.#faults?.happens('kafka.session-expired', this.id)) {
      this.#remove(member);
      throw new KafkaError('UNKNOWN_MEMBER_ID');
    }
    member.keepAlive();
    if (this.state === 'Stable' && this.#faults?.happens('kafka.rebalance', this.id)) this.#prepareRebalance();
    if (this.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  }

  leave(memberId: string): void {
    if (!this.#release(memberId)) return this.#remove(this.#member(memberId));
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined();
  }

  /** Throws unless the member may commit: a member of this generation, or anybody while the group is empty. */
  checkCommit(memberId: string, generation: number): void {
    if (generation < 0 && this.state === 'Empty') return;
    if (generation < 0 && memberId === '') throw new KafkaError('UNKNOWN_MEMBER_ID');
    this.#memberOf(memberId, generation).keepAlive();
    if (this.state === 'CompletingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  }

  /** Stops all timers and answers waiting members. */
  close(): void {
    clearTimeout(this.#deadline);
    for (const timer of this.#reserved.values()) clearTimeout(timer);
    for (const member of this.members.values()) member.leave();
  }

  #welcome(request: JoinRequest): Promise<Joined> {
    const id = `${request.clientId}-${randomUUID()}`;
    if (!request.mustReturn) return this.#add(id, request);
    this.#reserved.set(
      id,
      setTimeout(() => this.leave(id), request.sessionTimeout),
    );
    throw new MemberIdRequired(id);
  }

  #release(id: string): boolean {
    clearTimeout(this.#reserved.get(id));
    return this.#reserved.delete(id);
  }

  #add(id: string, request: JoinRequest): Promise<Joined> {
    const member = new Member(id, request, () => this.#remove(member));
    this.protocolType = request.protocolType;
    this.members.set(id, member);
    return this.#rebalanceWith(member);
  }

  #remove(member: Member): void {
    this.members.delete(member.id);
    member.leave();
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined();
    else this.#prepareRebalance();
  }

  #rebalanceWith(member: Member): Promise<Joined> {
    const joined = member.joining.await();
    member.keepAlive();
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined();
    else this.#prepareRebalance();
    return joined;
  }

  #prepareRebalance(): void {
    const isFirst = this.state === 'Empty';
    for (const { syncing } of this.members.values()) syncing.reject(new KafkaError('REBALANCE_IN_PROGRESS'));
    this.state = 'PreparingRebalance';
    // group.initial.rebalance.delay.ms is 0 here, but members whose requests have arrived are included
    this.#setDeadline(isFirst ? 0 : this.#rebalanceTimeout(), () => this.#complete());
    if (!isFirst) this.#completeIfAllJoined();
  }

  #completeIfAllJoined(): void {
    const haveJoined = [...this.members.values()].every(({ joining }) => joining.isAwaited);
    if (haveJoined && this.#reserved.size === 0) this.#complete();
  }

  /** Completes the rebalance without the members that have not joined again. */
  #complete(): void {
    for (const member of this.members.values())
      if (!member.joining.isAwaited) {
        this.members.delete(member.id);
        member.leave();
      }
    this.generation++;
    const { generation } = this;
    if (!this.members.has(this.leader)) this.leader = this.members.keys().next().value ?? '';
    this.protocol = this.#vote();
    this.state = this.members.size ? 'CompletingRebalance' : 'Empty';
    this.#setDeadline(this.#rebalanceTimeout(), () => this.#dropUnsynced(generation));
    for (const member of this.members.values()) {
      member.hasSynced = false;
      member.assignment = Buffer.alloc(0);
      member.joining.resolve(this.#joined(member));
      member.keepAlive();
    }
  }

  #dropUnsynced(generation: number): void {
    const late = [...this.members.values()].filter(({ hasSynced }) => !hasSynced);
    if (generation === this.generation) for (const member of late) this.#remove(member);
  }

  #joined(member: Member): Joined {
    const { generation, protocolType, protocol, leader } = this;
    const hears = member.id === leader ? [...this.members.values()] : [];
    const members = hears.map((each) => ({ id: each.id, metadata: each.metadataOf(protocol) }));
    return { generation, protocolType, protocol, leader, memberId: member.id, members };
  }

  #supports({ protocolType, protocols }: JoinRequest): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.state === 'Empty') return true;
    return protocolType === this.protocolType && protocols.some(({ name }) => this.#isKnownToAll(name));
  }

  #isKnownToAll(protocol: string): boolean {
    return [...this.members.values()].every(({ protocols }) => protocols.some(({ name }) => name === protocol));
  }

  /** Each member votes for its first protocol that all members support. */
  #vote(): string {
    const votes = new Map<string, number>();
    for (const { protocols } of this.members.values()) {
      const choice = protocols.find(({ name }) => this.#isKnownToAll(name))?.name ?? '';
      votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
    return [...votes].reduce((best, each) => (each[1] > best[1] ? each : best), ['', 0])[0];
  }

  #member(id: string): Member {
    const member = this.members.get(id);
    if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID');
    return member;
  }

  #memberOf(id: string, generation: number): Member {
    const member = this.#member(id);
    if (generation !== this.generation) throw new KafkaError('ILLEGAL_GENERATION');
    return member;
  }

  #rebalanceTimeout(): number {
    return Math.max(0, ...[...this.members.values()].map(({ rebalanceTimeout }) => rebalanceTimeout));
  }

  #setDeadline(after: number, act: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(act, after);
  }
}
