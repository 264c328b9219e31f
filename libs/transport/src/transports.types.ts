/** Type test: every transport has an entry point of its own, `@fourfold/transport/grpc`. */
import type { TransportName } from '@fourfold/contracts/contract';
import manifest from '../package.json' with { type: 'json' };

export const entryPoints: Record<`./${TransportName}`, string> = manifest.exports;
