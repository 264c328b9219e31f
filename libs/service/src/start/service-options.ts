import type { Type } from '@nestjs/common';
import type { TransportName } from '@fourfold/contracts/contract';
import type { Environment } from '../config.ts';

/** What a service is made of. */
export interface ServiceOptions {
  name: string;
  /** Imported dynamically, so that instrumentation can load first. */
  module: () => Promise<Type>;
  /** Beside HTTP, which every service has: health needs it. */
  transports?: Exclude<TransportName, 'http'>[];
  environment?: Environment;
}
