import { createHash } from 'node:crypto';
import type { IdempotencyKey } from '../transport.ts';

/** The key of a message that a broker keeps. Its fingerprint is made when the inbox asks for it. */
export class MessageKey implements IdempotencyKey {
  constructor(
    readonly source: string,
    readonly id: string,
    private readonly type: string,
    private readonly content: Uint8Array | null,
  ) {}

  get fingerprint(): string {
    return createHash('sha256')
      .update(`${this.type}\n`)
      .update(this.content ?? '')
      .digest('hex');
  }
}
