import { api, type Call } from '../api.ts';
import { attempt, codeOf, KafkaError, messageOf } from '../errors.ts';
import { array, boolean, int16, int32, int8, nullable, string } from '../wire/fields.ts';
import { BY_DEFAULT, type ConfigEntry, FROM_START, FROM_TOPIC } from './topic-config.ts';
import { checkName } from './topics.ts';

const TOPIC = 2;
const BROKER = 4;

export const describeConfigs = api({
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexible: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: nullable(array(string())),
    }),
    includeSynonyms: boolean(),
    includeDocumentation: boolean('3+'),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      errorCode: int16(),
      errorMessage: nullable(string()),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: nullable(string()),
        readOnly: boolean(),
        configSource: int8('0+', -1),
        isSensitive: boolean(),
        synonyms: array({ name: string(), value: nullable(string()), source: int8() }),
        configType: int8('3+'),
        documentation: nullable(string('3+')),
      }),
    }),
  },
  answer: ({ resources, includeSynonyms }, call) => ({
    results: resources.map(({ resourceType, resourceName, configurationKeys: keys }) => {
      const found = attempt(() => entriesOf(call, resourceType, resourceName));
      const entries = found instanceof KafkaError ? [] : found.filter(({ name }) => keys?.includes(name) ?? true);
      const source = resourceType === TOPIC ? FROM_TOPIC : FROM_START;
      const configs = entries.map((entry) => describe(entry, source, includeSynonyms));
      return { errorCode: codeOf(found), errorMessage: messageOf(found) ?? '', resourceType, resourceName, configs };
    }),
  }),
});

function entriesOf({ node }: Call, type: number, name: string): readonly ConfigEntry[] {
  if (type === TOPIC) {
    checkName(name);
    const topic = node.topics.find(name);
    if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return topic.config.entries;
  }
  if (type !== BROKER) throw new KafkaError('INVALID_REQUEST', `Invalid resource type ${type}: ${name}`);
  if (name === String(node.id)) return node.config;
  if (name === '') return []; // those that were set for all brokers, while they run
  throw new KafkaError('INVALID_REQUEST', `Broker ${name} not found in the cached metadata`);
}

function describe(entry: ConfigEntry, from: number, withSynonyms: boolean) {
  const { name, value, type, isDefault, synonym, isReadOnly } = entry;
  const source = isDefault ? BY_DEFAULT : from;
  const own = isDefault ? [] : [{ name, value, source }];
  const inherited = synonym ? [{ name: synonym, value: entry.default, source: BY_DEFAULT }] : [];
  return {
    name,
    value,
    readOnly: isReadOnly,
    configSource: source,
    synonyms: withSynonyms ? [...own, ...inherited] : [],
    configType: type,
  };
}
