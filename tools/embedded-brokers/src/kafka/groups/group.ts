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

/** What a request says of the member that sends it. */
export interface Claim {
  memberId: string;
  instanceId: string | null;
  generation: number;
}

/** The protocol that a member believes the group to have chosen. */
export interface ChosenProtocol {
  type: string | null;
  name: string | null;
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
    if (memberId === '') return request.instanceId === null ? this.#welcome(request) : this.#joinStatic(request);
    if (this.#release(memberId)) return this.#add(memberId, request);
    const member = this.#member(memberId, request.instanceId);
    const isOld = this.state === 'CompletingRebalance' || (this.state === 'Stable' && this.leader !== memberId);
    if (isOld && member.hasSameProtocols(protocols)) return Promise.resolve(this.#joined(member));
    this.protocolType = protocolType;
    member.update(request);
    return this.#rebalanceWith(member);
  }

  /** Resolves with the member's assignment once the leader has sent it. */
  sync(claim: Claim, assignments: ReadonlyMap<string, Buffer>, chosen?: ChosenProtocol): Promise<Buffer> {
    const member = this.#memberOf(claim);
    if (chosen && (chosen.type !== this.protocolType || chosen.name !== this.protocol))
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
    if (this.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
    member.hasSynced = true;
    member.keepAlive();
    if (this.state === 'Stable') return Promise.resolve(member.assignment);
    const assigned = member.syncing.await();
    if (member.id === this.leader) {
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

  heartbeat(claim: Claim): void {
    const member = this.#memberOf(claim);
    if (this.#faults?.happens('kafka.session-expired', this.id)) {
      this.#remove(member);
      throw new KafkaError('UNKNOWN_MEMBER_ID');
    }
    member.keepAlive();
    if (this.state === 'Stable' && this.#faults?.happens('kafka.rebalance', this.id)) this.#prepareRebalance();
    if (this.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  }

  /** An administrator removes a static member without its member id. */
  leave(memberId: string, instanceId: string | null = null): void {
    const isStatic = memberId === '' && instanceId !== null;
    if (!this.#release(memberId))
      return this.#remove(isStatic ? this.#staticMember(instanceId) : this.#member(memberId, instanceId));
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined();
  }

  /** Throws unless the member may commit: a member of this generation, or anybody while the group is empty. */
  checkCommit(claim: Claim): void {
    if (claim.generation < 0 && this.state === 'Empty') return;
    this.#memberOf(claim).keepAlive();
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

  /** One that was there before keeps its assignment, without a rebalance unless it changes the protocol of the group. */
  #joinStatic(request: JoinRequest): Promise<Joined> {
    const id = `${request.instanceId}-${randomUUID()}`;
    const old = [...this.members.values()].find(({ instanceId }) => instanceId === request.instanceId);
    if (!old) return this.#add(id, request);
    const formerLeader = this.leader;
    const member = this.#replace(old, id, request);
    if (this.state !== 'Stable' || this.#vote() !== this.protocol) return this.#rebalanceWith(member);
    member.keepAlive();
    const joined = this.#joined(member);
    // an older client would assign if it was the leader: it must not, since nobody else joins
    return Promise.resolve(
      request.canSkipAssignment
        ? { ...joined, skipAssignment: this.leader === id }
        : { ...joined, leader: formerLeader, members: [] },
    );
  }

  #replace(old: Member, id: string, request: JoinRequest): Member {
    const member = new Member(id, request, () => this.#remove(member));
    member.assignment = old.assignment;
    member.hasSynced = old.hasSynced;
    this.members.delete(old.id);
    this.members.set(id, member);
    old.leave('FENCED_INSTANCE_ID');
    if (this.leader === old.id) this.leader = id;
    return member;
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

  /** Completes the rebalance without the members that have not joined again; static ones stay until their session ends. */
  #complete(): void {
    for (const member of this.members.values())
      if (!member.joining.isAwaited && member.instanceId === null) {
        this.members.delete(member.id);
        member.leave();
      }
    const joined = [...this.members.values()].filter(({ joining }) => joining.isAwaited).map(({ id }) => id);
    if (joined.length === 0 && this.members.size > 0)
      return this.#setDeadline(this.#rebalanceTimeout(), () => this.#complete());
    this.generation++;
    const { generation } = this;
    if (!joined.includes(this.leader)) this.leader = joined[0] ?? '';
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
    const members = hears.map((each) => ({
      id: each.id,
      instanceId: each.instanceId,
      metadata: each.metadataOf(protocol),
    }));
    return { generation, protocolType, protocol, leader, memberId: member.id, members, skipAssignment: false };
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

  #member(id: string, instanceId: string | null): Member {
    const member = instanceId === null ? this.members.get(id) : this.#staticMember(instanceId);
    if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID');
    if (member.id !== id) throw new KafkaError('FENCED_INSTANCE_ID');
    return member;
  }

  #staticMember(id: string): Member {
    const member = [...this.members.values()].find(({ instanceId }) => instanceId === id);
    if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID');
    return member;
  }

  #memberOf({ memberId, instanceId, generation }: Claim): Member {
    const member = this.#member(memberId, instanceId);
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
