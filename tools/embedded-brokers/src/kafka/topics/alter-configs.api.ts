import { type Api, type Call, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, KafkaError, messageOf } from '../errors.ts';
import { Writer } from '../wire/writer.ts';
import { TopicConfig } from './topic-config.ts';

const TOPIC = 2;
/** Operations of IncrementalAlterConfigs; the others append to or subtract from a list. */
const SET = 0;
const DELETE = 1;

/*
  AlterConfigs Request (Version: 0-1) => [resources] validate_only
    resources => resource_type resource_name [configs]
      resource_type => INT8
      resource_name => STRING
      configs => name value                                    (missing entries return to their defaults)
        name => STRING
        value => NULLABLE_STRING
    validate_only => BOOLEAN
*/
export const alterConfigs: Api = {
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 1],
  answer: (request, call) => {
    const resources = request.array((resource) => ({
      type: resource.int8(),
      name: resource.string(),
      configs: resource.array((config) => ({ name: config.string(), value: config.nullableString() })),
    }));
    const validateOnly = request.boolean();
    return alter(call, resources, ({ configs }, config) => config.replace(configs, validateOnly));
  },
};

/*
  IncrementalAlterConfigs Request (Version: 0) => [resources] validate_only
    resources => resource_type resource_name [configs]
      resource_type => INT8
      resource_name => STRING
      configs => name config_operation value
        name => STRING
        config_operation => INT8
        value => NULLABLE_STRING
    validate_only => BOOLEAN
*/
export const incrementalAlterConfigs: Api = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 0],
  answer: (request, call) => {
    const resources = request.array((resource) => ({
      type: resource.int8(),
      name: resource.string(),
      configs: resource.array((config) => ({
        name: config.string(),
        operation: config.int8(),
        value: config.nullableString(),
      })),
    }));
    const validateOnly = request.boolean();
    return alter(call, resources, ({ configs }, config) => {
      if (configs.some(({ operation }) => operation > DELETE)) call.refuse('operations on configuration lists');
      if (configs.some(({ operation }) => operation !== SET && operation !== DELETE))
        throw new KafkaError('INVALID_REQUEST', 'a configuration can only be set or deleted');
      const given = configs.map(({ name, operation, value }) => ({ name, value: operation === SET ? value : null }));
      config.alter(given, validateOnly);
    });
  },
};

/*
  AlterConfigs Response (Version: 0-1), IncrementalAlterConfigs Response (Version: 0) => throttle_time_ms [responses]
    throttle_time_ms => INT32
    responses => error_code error_message resource_type resource_name
      error_code => INT16
      error_message => NULLABLE_STRING
      resource_type => INT8
      resource_name => STRING
*/
function alter<T extends { type: number; name: string }>(
  { node, refuse }: Call,
  resources: readonly T[],
  act: (resource: T, config: TopicConfig) => void,
): Writer {
  return new Writer().int32(NO_THROTTLE).array(resources, (w, resource) => {
    const { type, name } = resource;
    const altered = attempt(() => {
      if (type !== TOPIC) {
        refuse('configurations of other resources than topics');
        throw new KafkaError('INVALID_REQUEST', 'only topics have a configuration');
      }
      const topic = node.topics.find(name);
      act(resource, topic?.config ?? new TopicConfig());
      if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'The topic does not exist.');
    });
    w.int16(codeOf(altered)).string(messageOf(altered)).int8(type).string(name);
  });
}
