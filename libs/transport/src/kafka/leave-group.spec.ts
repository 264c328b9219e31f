import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);

it('finds in kafkajs what it depends on and is not in its types', () => {
  const Broker = require('kafkajs/src/broker/index.js');
  const Cluster = require('kafkajs/src/cluster/index.js');
  expect(Broker.prototype.leaveGroup).toBeTypeOf('function');
  expect(Cluster.prototype.findGroupCoordinator).toBeTypeOf('function');
});
