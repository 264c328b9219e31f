/** One suite over every transport: what transports.ts says it can do it does alike; what it cannot do it refuses. */
import { describe } from 'vitest';
import type { TransportName } from '@fourfold/contracts/contract';
import { callsSuite } from './suites/calls.suite.ts';
import { cannotSuite } from './suites/cannot.suite.ts';
import type { RestartableBroker } from './drivers/driver.ts';
import { enhancersSuite } from './suites/enhancers.suite.ts';
import { fieldsSuite } from './suites/fields.suite.ts';
import { jobsSuite } from './suites/jobs.suite.ts';
import { jsonSuite } from './suites/json.suite.ts';
import { callMetadataSuite, messageMetadataSuite } from './suites/metadata.suite.ts';
import { callObservationsSuite, messageObservationsSuite } from './suites/observations.suite.ts';
import { orderSuite } from './suites/order.suite.ts';
import { overloadSuite } from './suites/overload.suite.ts';
import { brokerReconnectSuite, serviceReconnectSuite } from './suites/reconnect.suite.ts';
import { retriesSuite } from './suites/retries.suite.ts';
import { streamsSuite } from './suites/streams.suite.ts';
import { type Feature, TRANSPORTS_UNDER_TEST } from './transports.ts';

/** `provider` names what runs the broker; `startBroker` starts another one, for the test that restarts it. */
export interface SuiteOptions {
  provider?: string;
  startBroker?: () => Promise<RestartableBroker>;
}

export const conformanceSuite = (transport: TransportName, { provider, startBroker }: SuiteOptions = {}): void => {
  describe(`${transport}${provider ? `/${provider}` : ''}`, () => {
    const { open, features } = TRANSPORTS_UNDER_TEST[transport];
    const can = (feature: Feature) => features[feature] === true;
    enhancersSuite(open);
    fieldsSuite(open);
    if (can('JSON')) jsonSuite(open);
    if (can('call')) callsSuite(open);
    if (can('call')) callMetadataSuite(open);
    if (can('call')) callObservationsSuite(open);
    if (can('overload')) overloadSuite(open);
    if (can('stream')) streamsSuite(open);
    if (can('command') || can('event')) jobsSuite(open);
    if (can('redelivery')) retriesSuite(open);
    if (can('command') || can('event')) messageMetadataSuite(open);
    if (can('command') || can('event')) messageObservationsSuite(open);
    if (can('order by key') || can('fan-out')) orderSuite(open);
    if (provider) brokerReconnectSuite(open, startBroker);
    else serviceReconnectSuite(open);
    cannotSuite(transport, open);
  });
};
