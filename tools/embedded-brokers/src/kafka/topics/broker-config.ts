import { type ConfigEntry, TopicConfig, type Type, TYPES } from './topic-config.ts';

export interface BrokerOptions {
  nodeId: number;
  /** `127.0.0.1:9092` */
  address: string;
  autoCreateTopics: boolean;
  partitions: number;
  sessionTimeout: SessionTimeoutLimits;
}

/** Milliseconds, both inclusive. */
export interface SessionTimeoutLimits {
  min: number;
  max: number;
}

/** As Kafka has them: group.min.session.timeout.ms, group.max.session.timeout.ms */
export const SESSION_TIMEOUT: SessionTimeoutLimits = { min: 6000, max: 1_800_000 };

/** Of partitions, in the internal topic for the offsets of groups. */
export const OFFSETS_PARTITIONS = 1;

/** The settings of the broker, by Kafka's names: those in effect here, and the defaults of the settings of topics. */
export function brokerConfig(options: BrokerOptions): ConfigEntry[] {
  const { nodeId, address, autoCreateTopics, partitions, sessionTimeout } = options;
  const own = [
    setting('node.id', 'int', nodeId),
    setting('process.roles', 'list', 'broker,controller'),
    setting('advertised.listeners', 'list', `PLAINTEXT://${address}`),
    setting('auto.create.topics.enable', 'boolean', autoCreateTopics, true),
    setting('num.partitions', 'int', partitions, 1),
    setting('default.replication.factor', 'int', 1, 1),
    setting('offsets.topic.num.partitions', 'int', OFFSETS_PARTITIONS, 50),
    setting('offsets.topic.replication.factor', 'short', 1, 3),
    setting('offset.metadata.max.bytes', 'int', 4096, 4096),
    setting('group.initial.rebalance.delay.ms', 'int', 0, 3000),
    setting('group.min.session.timeout.ms', 'int', sessionTimeout.min, SESSION_TIMEOUT.min),
    setting('group.max.session.timeout.ms', 'int', sessionTimeout.max, SESSION_TIMEOUT.max),
    setting('fetch.max.bytes', 'int', 57_671_680, 57_671_680),
    setting('socket.request.max.bytes', 'int', 104_857_600, 104_857_600),
  ];
  const ofTopics = new TopicConfig().entries.flatMap(({ synonym, default: value, type }) =>
    synonym ? [{ name: synonym, value, type, isDefault: true, synonym, default: value, isReadOnly: false }] : [],
  );
  return [...own, ...ofTopics];
}

/** Set when the broker started, and not changed since. */
function setting(name: string, type: Type, now: unknown, byDefault?: unknown): ConfigEntry {
  const synonym = byDefault === undefined ? undefined : name;
  const isDefault = now === byDefault;
  return { name, value: `${now}`, type: TYPES[type], isDefault, synonym, default: `${byDefault}`, isReadOnly: true };
}
