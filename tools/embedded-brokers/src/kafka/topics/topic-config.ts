import { KafkaError } from '../errors.ts';

/** Codes of DescribeConfigs. */
export const TYPES = { boolean: 1, string: 2, int: 3, short: 4, long: 5, double: 6, list: 7 } as const;
export type Type = keyof typeof TYPES;

/** One entry of DescribeConfigs. */
export interface ConfigEntry {
  name: string;
  value: string;
  type: number;
  isDefault: boolean;
  /** The broker setting that the default comes from. */
  synonym: string | undefined;
  default: string;
  /** Whether clients cannot change it. */
  isReadOnly: boolean;
}

/** Codes for the source of a value: set for the topic, when the broker started, or not at all. */
export const FROM_TOPIC = 1;
export const FROM_START = 4;
export const BY_DEFAULT = 5;

/** Type, default and broker setting of each topic setting, from Kafka 4.3 (documentation, "Topic Configs"). */
const KNOWN: ReadonlyMap<string, readonly [type: Type, value: string, synonym?: string]> = new Map([
  ['cleanup.policy', ['list', 'delete', 'log.cleanup.policy']],
  ['compression.gzip.level', ['int', '-1', 'compression.gzip.level']],
  ['compression.lz4.level', ['int', '9', 'compression.lz4.level']],
  ['compression.type', ['string', 'producer', 'compression.type']],
  ['compression.zstd.level', ['int', '3', 'compression.zstd.level']],
  ['delete.retention.ms', ['long', '86400000', 'log.cleaner.delete.retention.ms']],
  ['file.delete.delay.ms', ['long', '60000', 'log.segment.delete.delay.ms']],
  ['flush.messages', ['long', '9223372036854775807', 'log.flush.interval.messages']],
  ['flush.ms', ['long', '9223372036854775807']],
  ['follower.replication.throttled.replicas', ['list', '']],
  ['index.interval.bytes', ['int', '4096', 'log.index.interval.bytes']],
  ['leader.replication.throttled.replicas', ['list', '']],
  ['local.retention.bytes', ['long', '-2', 'log.local.retention.bytes']],
  ['local.retention.ms', ['long', '-2', 'log.local.retention.ms']],
  ['max.compaction.lag.ms', ['long', '9223372036854775807', 'log.cleaner.max.compaction.lag.ms']],
  ['max.message.bytes', ['int', '1048588', 'message.max.bytes']],
  ['message.timestamp.after.max.ms', ['long', '3600000', 'log.message.timestamp.after.max.ms']],
  ['message.timestamp.before.max.ms', ['long', '9223372036854775807', 'log.message.timestamp.before.max.ms']],
  ['message.timestamp.type', ['string', 'CreateTime', 'log.message.timestamp.type']],
  ['min.cleanable.dirty.ratio', ['double', '0.5', 'log.cleaner.min.cleanable.ratio']],
  ['min.compaction.lag.ms', ['long', '0', 'log.cleaner.min.compaction.lag.ms']],
  ['min.insync.replicas', ['int', '1', 'min.insync.replicas']],
  ['preallocate', ['boolean', 'false', 'log.preallocate']],
  ['remote.log.copy.disable', ['boolean', 'false']],
  ['remote.log.delete.on.disable', ['boolean', 'false']],
  ['remote.storage.enable', ['boolean', 'false']],
  ['retention.bytes', ['long', '-1', 'log.retention.bytes']],
  ['retention.ms', ['long', '604800000']],
  ['segment.bytes', ['int', '1073741824', 'log.segment.bytes']],
  ['segment.index.bytes', ['int', '10485760', 'log.index.size.max.bytes']],
  ['segment.jitter.ms', ['long', '0']],
  ['segment.ms', ['long', '604800000']],
  ['unclean.leader.election.enable', ['boolean', 'false', 'unclean.leader.election.enable']],
]);

/** A setting as a client sends it. */
export interface GivenConfig {
  name: string;
  value: string | null;
}

/** A topic's settings. All are kept and shown; only those with a getter have an effect. */
export class TopicConfig {
  #own: Map<string, string>;

  constructor(given: readonly GivenConfig[] = []) {
    this.#own = checked(given);
  }

  get entries(): ConfigEntry[] {
    return [...KNOWN].map(([name, [type, byDefault, synonym]]) => ({
      name,
      value: this.#valueOf(name),
      type: TYPES[type],
      isDefault: !this.#own.has(name),
      synonym,
      default: byDefault,
      isReadOnly: false,
    }));
  }

  get maxMessageBytes(): number {
    return Number(this.#valueOf('max.message.bytes'));
  }

  get timestampType(): string {
    return this.#valueOf('message.timestamp.type');
  }

  /** Milliseconds that a producer's timestamp may be ahead of our clock. */
  get timestampAfterMax(): bigint {
    return BigInt(this.#valueOf('message.timestamp.after.max.ms'));
  }

  /** Sets these; all others return to their defaults. */
  replace(given: readonly GivenConfig[], validateOnly: boolean): void {
    const own = checked(given);
    if (!validateOnly) this.#own = own;
  }

  /** Sets these and keeps the others; null returns to the default. */
  alter(given: readonly GivenConfig[], validateOnly: boolean): void {
    const stay = [...this.#own].filter(([name]) => !given.some((each) => each.name === name));
    const set = given.filter(({ name, value }) => value !== null || !KNOWN.has(name));
    this.replace([...stay.map(([name, value]) => ({ name, value })), ...set], validateOnly);
  }

  #valueOf(name: string): string {
    return this.#own.get(name) ?? KNOWN.get(name)![1];
  }
}

const PATTERNS: Partial<Record<Type, RegExp>> = {
  boolean: /^(true|false)$/i,
  int: /^[+-]?\d{1,10}$/,
  long: /^[+-]?\d{1,19}$/,
  double: /^[+-]?\d+(\.\d+)?$/,
};
const CHOICES: Record<string, RegExp> = {
  'cleanup.policy': /^((compact|delete)(,(compact|delete))*)?$/,
  'compression.type': /^(uncompressed|zstd|lz4|snappy|gzip|producer)$/,
  'message.timestamp.type': /^(CreateTime|LogAppendTime)$/,
};

const checked = (given: readonly GivenConfig[]): Map<string, string> =>
  new Map(given.map(({ name, value }) => [name, checkedValue(name, value)]));

function checkedValue(name: string, value: string | null): string {
  const type = KNOWN.get(name)?.[0];
  if (!type) throw new KafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
  if (value === null) throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`);
  const allowed = CHOICES[name] ?? PATTERNS[type];
  if (allowed && !allowed.test(value))
    throw new KafkaError('INVALID_CONFIG', `Invalid value ${value} for configuration ${name}`);
  return value;
}
