import { api, type Call } from '../api.ts';
import { attempt, codeOf, KafkaError, messageOf } from '../errors.ts';
import { array, boolean, int16, int32, int8, nullable, string } from '../wire/fields.ts';
import { TopicConfig } from './topic-config.ts';

const TOPIC = 2;
/** Operations of IncrementalAlterConfigs; the others append to or subtract from a list. */
const SET = 0;
const DELETE = 1;

/** Settings that are not named return to their defaults. */
export const alterConfigs = api({
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexible: 2,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({ name: string(), value: nullable(string()) }),
    }),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: nullable(string()),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
  answer: ({ resources, validateOnly }, call) =>
    alter(call, resources, ({ configs }, config) => config.replace(configs, validateOnly)),
});

export const incrementalAlterConfigs = api({
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexible: 1,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({ name: string(), configOperation: int8(), value: nullable(string()) }),
    }),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32(),
    responses: array({
      errorCode: int16(),
      errorMessage: nullable(string()),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
  answer: ({ resources, validateOnly }, call) =>
    alter(call, resources, ({ configs }, config) => {
      if (configs.some(({ configOperation }) => configOperation > DELETE))
        call.refuse('operations on configuration lists');
      if (configs.some(({ configOperation }) => configOperation !== SET && configOperation !== DELETE))
        throw new KafkaError('INVALID_REQUEST', 'a configuration can only be set or deleted');
      const given = configs.map((each) => ({
        name: each.name,
        value: each.configOperation === SET ? each.value : null,
      }));
      config.alter(given, validateOnly);
    }),
});

function alter<T extends { resourceType: number; resourceName: string }>(
  { node, refuse }: Call,
  resources: readonly T[],
  act: (resource: T, config: TopicConfig) => void,
) {
  const responses = resources.map((resource) => {
    const { resourceType, resourceName } = resource;
    const altered = attempt(() => {
      if (resourceType !== TOPIC) {
        refuse('configurations of other resources than topics');
        throw new KafkaError('INVALID_REQUEST', 'only topics have a configuration');
      }
      const topic = node.topics.find(resourceName);
      act(resource, topic?.config ?? new TopicConfig());
      if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'The topic does not exist.');
    });
    return { errorCode: codeOf(altered), errorMessage: messageOf(altered), resourceType, resourceName };
  });
  return { responses };
}
