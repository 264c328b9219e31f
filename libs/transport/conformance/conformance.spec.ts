/** Over all transports by which services speak to one another directly. */
import type { TransportName } from '@fourfold/contracts/contract';
import { conformanceSuite } from './conformance.suite.ts';
import { TRANSPORTS_UNDER_TEST } from './transports.ts';

for (const [transport, { broker }] of Object.entries(TRANSPORTS_UNDER_TEST))
  if (!broker) conformanceSuite(transport as TransportName);
