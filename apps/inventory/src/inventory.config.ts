import { IsInt, Min } from 'class-validator';

/** The environment that inventory reads beside every service's. */
export class InventoryConfig {
  /** Milliseconds that stock is held for an order that has not been placed yet. */
  @IsInt() @Min(1) RESERVATION_TTL_MS = 120_000;
  /** Milliseconds between looks for reservations whose time is over. */
  @IsInt() @Min(1) EXPIRY_INTERVAL_MS = 5000;
}
