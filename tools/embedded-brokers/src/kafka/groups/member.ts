import { type ErrorName, KafkaError } from '../errors.ts';

/** An assignment strategy of a member, with its metadata for the leader. */
export interface Protocol {
  name: string;
  metadata: Buffer;
}

/** A JoinGroup request. */
export interface JoinRequest {
  memberId: string;
  /** Of a static member (KIP-345): it keeps its partitions if it starts again, with another member id. */
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeout: number;
  rebalanceTimeout: number;
  protocolType: string;
  protocols: Protocol[];
  /** Whether a new member must join again with the id it is given (KIP-394, JoinGroup 4). */
  mustReturn: boolean;
  /** Whether a static leader that starts again is told not to assign (KIP-814, JoinGroup 9). */
  canSkipAssignment: boolean;
}

/** A JoinGroup response; only the leader gets the members. */
export interface Joined {
  generation: number;
  protocolType: string;
  protocol: string;
  leader: string;
  memberId: string;
  members: { id: string; instanceId: string | null; metadata: Buffer }[];
  skipAssignment: boolean;
}

/** A member of a consumer group, with its pending requests. */
export class Member {
  readonly id: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly joining = new Answer<Joined>();
  readonly syncing = new Answer<Buffer>();
  sessionTimeout = 0;
  rebalanceTimeout = 0;
  protocols: Protocol[] = [];
  assignment: Buffer = Buffer.alloc(0);
  hasSynced = false;
  readonly #expire: () => void;
  #session: NodeJS.Timeout | undefined;

  constructor(id: string, request: JoinRequest, expire: () => void) {
    this.id = id;
    this.instanceId = request.instanceId;
    this.clientId = request.clientId;
    this.clientHost = request.clientHost;
    this.#expire = expire;
    this.update(request);
  }

  update({ sessionTimeout, rebalanceTimeout, protocols }: JoinRequest): void {
    this.sessionTimeout = sessionTimeout;
    this.rebalanceTimeout = rebalanceTimeout;
    this.protocols = protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
  }

  /** Restarts its session time-out. It cannot expire while it waits for our answer. */
  keepAlive(): void {
    clearTimeout(this.#session);
    this.#session = setTimeout(() => {
      if (this.joining.isAwaited || this.syncing.isAwaited) this.keepAlive();
      else this.#expire();
    }, this.sessionTimeout);
  }

  /** Ends its membership. */
  leave(why: ErrorName = 'UNKNOWN_MEMBER_ID'): void {
    clearTimeout(this.#session);
    this.joining.reject(new KafkaError(why));
    this.syncing.reject(new KafkaError(why));
  }

  metadataOf(protocol: string): Buffer {
    return this.protocols.find(({ name }) => name === protocol)?.metadata ?? Buffer.alloc(0);
  }

  hasSameProtocols(protocols: readonly Protocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, at) => {
        const own = this.protocols[at]!;
        return own.name === name && own.metadata.equals(metadata);
      })
    );
  }
}

/** A deferred answer. A repeated request replaces the earlier one, which is rejected. */
class Answer<T> {
  #waiting: PromiseWithResolvers<T> | undefined;

  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  await(): Promise<T> {
    this.reject(new KafkaError('UNKNOWN_MEMBER_ID'));
    this.#waiting = Promise.withResolvers<T>();
    return this.#waiting.promise;
  }

  resolve(value: T): void {
    this.#waiting?.resolve(value);
    this.#waiting = undefined;
  }

  reject(error: KafkaError): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
