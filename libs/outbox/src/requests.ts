import { createHash } from 'node:crypto';
import type { Operation } from '@fourfold/contracts/contract';
import { idempotencyKeyReused } from '@fourfold/contracts/idempotency.errors';
import { and, eq } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { requests } from './schema.ts';

/** Who asked, and how they named it. */
export interface RequestKey {
  idempotencyKey: string;
  /** Whose key it is: nobody is answered with another's result. Empty where callers are not told apart. */
  caller?: string;
}

/** What callers named their requests: the same request made again has the same result. */
export class Requests {
  constructor(private readonly database: NodePgDatabase) {}

  /**
   * The id of what comes of the request: `resultId`, or that of the same request before. Agreed on in a transaction of its
   * own, before anything is done, so that whoever repeats it shares what is done. Another request of the same key is
   * IDEMPOTENCY_KEY_REUSED.
   */
  async claim<I>(operation: Operation<I>, request: I, key: RequestKey, resultId: string): Promise<string> {
    const { idempotencyKey, caller = '' } = key;
    const fingerprint = fingerprintOf(operation, request);
    const claim = { operation: operation.name, caller, idempotencyKey, fingerprint, resultId };
    const [claimed] = await this.database.insert(requests).values(claim).onConflictDoNothing().returning();
    const first = claimed ?? (await this.find(claim));
    if (first!.fingerprint !== fingerprint) throw idempotencyKeyReused({ idempotencyKey });
    return first!.resultId;
  }

  private async find({ operation, caller, idempotencyKey }: typeof requests.$inferInsert) {
    const [first] = await this.database
      .select()
      .from(requests)
      .where(
        and(
          eq(requests.operation, operation),
          eq(requests.caller, caller),
          eq(requests.idempotencyKey, idempotencyKey),
        ),
      );
    return first;
  }
}

/** SHA-256 of the request as protobuf, in hex: a field that is added later changes it only where it is set. */
const fingerprintOf = <I>({ request: codec }: Operation<I>, request: I): string =>
  createHash('sha256').update(codec.encode(request).finish()).digest('hex');
