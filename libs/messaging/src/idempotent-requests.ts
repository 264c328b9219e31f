import { createHash } from 'node:crypto';
import type { Operation } from '@fourfold/contracts/contract';
import { idempotencyKeyReused } from '@fourfold/contracts/idempotency.errors';
import type { IdempotencyKey } from '@fourfold/transport/transport';
import type { Sql } from './sql.ts';

/** Who asked, and how they named the request. */
export interface RequestKey extends IdempotencyKey {
  /** Whose key it is: nobody gets another caller's result. Empty if callers are not told apart. */
  caller?: string;
}

/** Requests that callers named with an idempotency key: the same request made again has the same result. */
export class IdempotentRequests {
  constructor(private readonly database: Sql) {}

  /**
   * The id of the request's result: `resultId`, or that of the same request before. It is committed before any work is
   * done, so that repeated requests share the work. Another request with the same key is IDEMPOTENCY_KEY_REUSED.
   */
  async claim<I>(operation: Operation<I>, request: I, key: RequestKey, resultId: string): Promise<string> {
    const { caller = '', source, id } = key;
    const fingerprint = fingerprintOf(operation, request);
    const name = [operation.name, caller, source, id];
    const [claimed] = await this.database.query<Claim>(CLAIM, [...name, fingerprint, resultId]);
    const first = claimed ?? (await this.database.query<Claim>(FIND, name))[0]!;
    if (first.fingerprint !== fingerprint) throw idempotencyKeyReused({ idempotencyKey: id });
    return first.resultId;
  }
}

interface Claim {
  fingerprint: string;
  resultId: string;
}

/**
 * Rejected: `on conflict do update`. Without FIND, a repeated request takes 0.6 of the time (bench/statements.ts), but
 * writes the row again.
 */
const CLAIM = `
  insert into idempotent_requests (operation, caller, source, id, fingerprint, result_id)
  values ($1, $2, $3, $4, $5, $6)
  on conflict do nothing
  returning fingerprint, result_id as "resultId"`;

const FIND = `
  select fingerprint, result_id as "resultId" from idempotent_requests
  where operation = $1 and caller = $2 and source = $3 and id = $4`;

/** SHA-256 of the request as protobuf, in hex: a field that is added later changes it only if it is set. */
const fingerprintOf = <I>({ request: codec }: Operation<I>, request: I): string =>
  createHash('sha256').update(codec.encode(request).finish()).digest('hex');
