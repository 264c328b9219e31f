/** One suite over every transport: what features.ts says it can do it does alike; what it cannot do it refuses. */
import { describe } from 'vitest';
import type { TransportName } from '../context.ts';
import { callsSuite } from './calls.suite.ts';
import { cannotSuite } from './cannot.suite.ts';
import type { OpenDriver, RestartableBroker } from './driver.ts';
import { type Feature, FEATURES } from './features.ts';
import { fieldsSuite } from './fields.suite.ts';
import { jobsSuite } from './jobs.suite.ts';
import { orderSuite } from './order.suite.ts';
import { brokerReconnectSuite, serviceReconnectSuite } from './reconnect.suite.ts';
import { streamsSuite } from './streams.suite.ts';

/** `provider` is what runs the broker; a broker of its own, for the one test that restarts it, where somebody can. */
export interface SuiteOptions {
  open: OpenDriver;
  provider?: string;
  startBroker?: () => Promise<RestartableBroker>;
}

export const conformanceSuite = (transport: TransportName, { open, provider, startBroker }: SuiteOptions): void => {
  describe(`${transport}${provider ? `/${provider}` : ''}`, () => {
    const can = (feature: Feature) => FEATURES[transport][feature] === true;
    fieldsSuite(open);
    if (can('call')) callsSuite(open);
    if (can('stream')) streamsSuite(open);
    if (can('command') || can('event')) jobsSuite(open);
    if (can('order by key') || can('fan-out')) orderSuite(open);
    if (provider) brokerReconnectSuite(open, startBroker);
    else serviceReconnectSuite(open);
    cannotSuite(transport, open);
  });
};
