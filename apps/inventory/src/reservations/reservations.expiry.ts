import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Startup } from '@fourfold/service/startup';
import { InventoryConfig } from '../inventory.config.ts';
import { ReservationsService } from './reservations.service.ts';

/** Looks now and then for reservations whose time is over, from start-up to shutdown. Replicas share the work. */
@Injectable()
export class ReservationsExpiry implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(ReservationsExpiry.name);
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  constructor(
    private readonly reservations: ReservationsService,
    private readonly config: InventoryConfig,
    private readonly startup: Startup,
  ) {}

  // modules add their steps when they are constructed: this one comes after the database's
  onModuleInit(): void {
    this.startup.add('expiry', async () => void (this.running ??= this.run()));
  }

  /** Resolves once the current reservation is released. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.expireAll(signal);
      } catch (thrown) {
        this.logger.warn(`could not expire reservations: ${(thrown as Error).message}`);
      }
      await sleep(this.config.EXPIRY_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  private async expireAll(signal: AbortSignal): Promise<void> {
    let count = 0;
    while (!signal.aborted && (await this.reservations.expireNext(new Date()))) count++;
    if (count) this.logger.log(`${count} reservations expired`);
  }
}
