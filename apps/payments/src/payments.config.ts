import { IsInt, Min } from 'class-validator';

/** The environment that payments reads beside every service's. */
export class PaymentsConfig {
  /** An amount over this many minor units, of whichever currency, is declined. */
  @IsInt() @Min(0) PAYMENT_LIMIT_MINOR_UNITS = 100_000;
}
