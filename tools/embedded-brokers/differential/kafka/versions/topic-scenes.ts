import { NO_ID } from '../../../src/kafka/wire/fields.ts';
import { asked, type Scene, topicsOf, UNKNOWN_ID } from './side.ts';

const acl = { resourceType: 2, resourceName: 'x', principal: 'User:x', host: '*', operation: 3, permissionType: 3 };
const aclFilter = { resourceTypeFilter: 2, operation: 1, permissionType: 1 };
const KEYS = ['cleanup.policy', 'retention.ms', 'max.message.bytes', 'no.such'];

export const topicScenes: Record<string, Scene> = {
  ApiVersions: asked({ clientSoftwareName: 'spec', clientSoftwareVersion: '1' }),

  Metadata: async (side, ask, version) => {
    await ask({ topics: topicsOf(side, { topicId: NO_ID }) });
    await ask({ topics: [{ name: side.topic }, { name: side.topic }, { name: 'not allowed' }] });
    await ask({ topics: version === 0 ? [] : null });
    if (version >= 1) await ask({ topics: [] });
    if (version >= 12) await ask({ topics: topicsOf(side, { name: null }) });
  },

  CreateTopics: async (side, ask, version) => {
    const name = side.named(`created-${version}`);
    const topic = { name, numPartitions: 2, replicationFactor: 1 };
    const configs = [{ name: 'retention.ms', value: '1000' }];
    await ask({ topics: [{ ...topic, configs }], validateOnly: true });
    await ask({ topics: [{ ...topic, configs }] });
    await ask({
      topics: [
        topic,
        { ...topic, name: `${name}-few`, numPartitions: 0 },
        { ...topic, name: `${name}-copies`, replicationFactor: 3 },
        { ...topic, name: 'not allowed' },
        { ...topic, name: `${name}-odd`, configs: [{ name: 'no.such', value: '1' }] },
        { ...topic, name: `${name}-default`, numPartitions: -1, replicationFactor: -1 },
      ],
    });
  },

  DeleteTopics: async (side, ask, version) => {
    const names = ['one', 'two'].map((name) => side.named(`deleted-${name}-${version}`));
    const ids = [await side.create(names[0]!), await side.create(names[1]!)];
    const nowhere = side.named('nowhere');
    const topics = [{ name: names[0] }, { topicId: ids[1] }, { name: nowhere }, { topicId: UNKNOWN_ID }];
    await ask({ topics, topicNames: [...names, nowhere], timeoutMs: 5000 });
  },

  CreatePartitions: async (side, ask, version) => {
    const name = side.named(`grown-${version}`);
    await side.create(name);
    const nowhere = { name: side.named('nowhere'), count: 3, assignments: null };
    for (const count of [1, 2, 3])
      await ask({ topics: [{ name, count, assignments: null }, nowhere], timeoutMs: 5000 });
    await ask({ topics: [{ name, count: 5, assignments: [{ brokerIds: [1] }] }], timeoutMs: 5000 });
  },

  DescribeConfigs: async (side, ask) => {
    const resource = { resourceType: 2, resourceName: side.topic, configurationKeys: KEYS };
    for (const includeSynonyms of [false, true]) await ask({ resources: [resource], includeSynonyms });
    await ask({ resources: [{ ...resource, resourceName: side.named('nowhere') }] });
    await ask({ resources: [{ ...resource, resourceName: 'not allowed' }] });
    await ask({ resources: [{ ...resource, resourceType: 4, resourceName: '7' }] });
  },

  DescribeCluster: async (_side, ask, version) => {
    await ask({});
    if (version >= 1) for (const endpointType of [2, 7]) await ask({ endpointType });
  },

  DescribeLogDirs: async (side, ask) => {
    await ask({ topics: topicsOf(side, { partitions: [0, 1, 9] }) });
    await ask({ topics: [] });
  },

  AlterConfigs: async (side, ask, version) => {
    const resourceName = side.named(`altered-${version}`);
    await side.create(resourceName);
    const alter = (configs: object[], name = resourceName) =>
      ask({ resources: [{ resourceType: 2, resourceName: name, configs }] });
    await alter([{ name: 'retention.ms', value: '1000' }]);
    await alter([{ name: 'no.such', value: '1000' }]);
    await alter([{ name: 'retention.ms', value: 'long' }]);
    await alter([{ name: 'retention.ms', value: '1000' }], side.named('nowhere'));
  },

  IncrementalAlterConfigs: async (side, ask, version) => {
    const resourceName = side.named(`changed-${version}`);
    await side.create(resourceName);
    const alter = (configs: object[], name = resourceName) =>
      ask({ resources: [{ resourceType: 2, resourceName: name, configs }] });
    await alter([{ name: 'retention.ms', configOperation: 0, value: '1000' }]);
    await alter([{ name: 'retention.ms', configOperation: 1, value: null }]);
    await alter([{ name: 'no.such', configOperation: 0, value: '1000' }]);
    await alter([{ name: 'retention.ms', configOperation: 0, value: '1000' }], side.named('nowhere'));
  },

  SaslHandshake: asked({ mechanism: 'PLAIN' }),
  DescribeAcls: asked(aclFilter),
  CreateAcls: asked({ creations: [acl] }),
  DeleteAcls: asked({ filters: [aclFilter] }),
};
