import { type Api, type Call, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, KafkaError, messageOf } from '../errors.ts';
import { Writer } from '../wire/writer.ts';
import type { ConfigEntry } from './topic-config.ts';
import { checkName } from './topics.ts';

const TOPIC = 2;
const BROKER = 4;
/** Codes for the source of a value. */
const FROM_TOPIC = 1;
const BY_DEFAULT = 5;

/*
  DescribeConfigs Request (Version: 1-3) => [resources] include_synonyms include_documentation
    resources => resource_type resource_name [configuration_keys]
      resource_type => INT8                                    (2: topic, 4: broker)
      resource_name => STRING
      configuration_keys => STRING                             (nullable: all)
    include_synonyms => BOOLEAN
    include_documentation => BOOLEAN                           (3)

  DescribeConfigs Response (Version: 1-3) => throttle_time_ms [results]
    throttle_time_ms => INT32
    results => error_code error_message resource_type resource_name [configs]
      error_code => INT16
      error_message => NULLABLE_STRING
      resource_type => INT8
      resource_name => STRING
      configs => (below)
*/
export const describeConfigs: Api = {
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 3],
  answer: (request, call) => {
    const resources = request.array((resource) => ({
      type: resource.int8(),
      name: resource.string(),
      keys: resource.nullableArray((key) => key.string()),
    }));
    const withSynonyms = request.boolean();
    return new Writer().int32(NO_THROTTLE).array(resources, (w, { type, name, keys }) => {
      const entries = attempt(() => entriesOf(call, type, name));
      const wanted = (entries instanceof KafkaError ? [] : entries).filter(
        (entry) => keys?.includes(entry.name) ?? true,
      );
      w.int16(codeOf(entries))
        .string(messageOf(entries) ?? '')
        .int8(type)
        .string(name);
      w.array(wanted, (_, entry) => writeEntry(w, entry, { version: call.version, withSynonyms }));
    });
  },
};

/** The embedded broker has no settings of its own. */
function entriesOf({ node }: Call, type: number, name: string): readonly ConfigEntry[] {
  if (type === TOPIC) {
    checkName(name);
    const topic = node.topics.find(name);
    if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return topic.config.entries;
  }
  if (type !== BROKER) throw new KafkaError('INVALID_REQUEST', `Invalid resource type ${type}: ${name}`);
  if (name === '' || name === String(node.id)) return [];
  throw new KafkaError('INVALID_REQUEST', `Broker ${name} not found in the cached metadata`);
}

/*
      configs => name value read_only config_source is_sensitive [synonyms] config_type documentation
        name => STRING
        value => NULLABLE_STRING
        read_only => BOOLEAN
        config_source => INT8
        is_sensitive => BOOLEAN
        synonyms => name value source
          name => STRING
          value => NULLABLE_STRING
          source => INT8
        config_type => INT8                                    (3)
        documentation => NULLABLE_STRING                       (3)
*/
function writeEntry(writer: Writer, entry: ConfigEntry, asked: { version: number; withSynonyms: boolean }): void {
  const source = entry.isDefault ? BY_DEFAULT : FROM_TOPIC;
  const own = entry.isDefault ? [] : [{ name: entry.name, value: entry.value, source }];
  const inherited = entry.synonym ? [{ name: entry.synonym, value: entry.default, source: BY_DEFAULT }] : [];
  writer
    .string(entry.name)
    .string(entry.value)
    .boolean(false)
    .int8(source)
    .boolean(false)
    .array(asked.withSynonyms ? [...own, ...inherited] : [], (w, synonym) =>
      w.string(synonym.name).string(synonym.value).int8(synonym.source),
    )
    .when(asked.version >= 3, (w) => w.int8(entry.type).string(null));
}
