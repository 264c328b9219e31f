import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Pool } from '@fourfold/service/database';
import { listenTo } from '@fourfold/service/listen';
import { filter, type Observable, Subject } from 'rxjs';
import { ORDERS_CHANNEL } from './orders.repository.ts';

/** Tells which orders changed, in whichever replica: PostgreSQL's NOTIFY, at the commit. */
@Injectable()
export class OrderChanges implements BeforeApplicationShutdown {
  private readonly changes = new Subject<string>();
  private readonly stop: () => Promise<void>;

  constructor(pool: Pool) {
    this.stop = listenTo(pool, ORDERS_CHANNEL, (orderId) => this.changes.next(orderId));
  }

  /** Emits when the order changed, or may have: after a lost connection nobody knows. */
  of(orderId: string): Observable<string> {
    return this.changes.pipe(filter((changed) => changed === orderId || changed === ''));
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop();
  }
}
