import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type RawClient } from '../../testing/kafka/raw-client.ts';
import { soon } from './refusals.ts';

export interface Member {
  client: RawClient;
  id: string;
  generation: number;
  /** A request without an answer yet: the next one would wait behind it. */
  pending: Promise<unknown> | undefined;
  others: string[];
}

/** The members of a script's group, each with its own connection. */
export class Members {
  readonly group: string;
  readonly all: Member[] = [];
  readonly #brokers: string;
  readonly #client: RawClient;

  constructor(brokers: string, group: string, client: RawClient) {
    this.#brokers = brokers;
    this.group = group;
    this.#client = client;
  }

  async at(index: number): Promise<Member> {
    while (this.all.length <= index)
      this.all.push({ client: await connect(this.#brokers), id: '', generation: -1, pending: undefined, others: [] });
    return this.all[index]!;
  }

  /** Returns the answer, or that the broker holds the request back, and which other members still wait. */
  async ask(member: Member, request: () => Promise<unknown>): Promise<unknown> {
    if (member.pending) return { stillWaits: await this.#settle() };
    const asking: Promise<unknown> = soon(request(), 30_000);
    member.pending = asking.finally(() => (member.pending = undefined));
    const answered = await Promise.race([asking, this.#untilDealtWith()]);
    return { answered, others: answered === 'waits' ? [] : await this.#settle() };
  }

  /** Waits until several later requests have been answered, since a fixed time would be too short on a busy machine. */
  async #untilDealtWith(): Promise<'waits'> {
    for (let left = 5; left > 0; left--) {
      await sleep(40);
      await this.#client['heartbeat']!({ groupId: `${this.group}-none`, memberId: '', groupGenerationId: 0 }).catch(
        () => undefined,
      );
    }
    return 'waits';
  }

  /** Gives waiting members a moment to get their answers. */
  async #settle(): Promise<unknown> {
    await sleep(60);
    return this.all.map(({ pending }) => (pending ? 'waits' : 'free'));
  }

  async close(): Promise<void> {
    for (const { id } of this.all)
      if (id) {
        const client = await connect(this.#brokers);
        await client['leaveGroup']!({ groupId: this.group, memberId: id }).catch(() => undefined);
        await client.disconnect();
      }
    await Promise.all(this.all.map(({ pending }) => pending && soon(pending, 4000)));
    await Promise.all(this.all.map(({ client }) => client.disconnect()));
  }
}
