import { type Api, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, KafkaError, messageOf } from '../errors.ts';
import { Writer } from '../wire/writer.ts';

/*
  CreateTopics Request (Version: 2-4) => [topics] timeout_ms validate_only
    topics => name num_partitions replication_factor [assignments] [configs]
      name => STRING
      num_partitions => INT32                                  (-1: the default, or as assigned)
      replication_factor => INT16                              (-1: the default, or as assigned)
      assignments => partition_index [broker_ids]
        partition_index => INT32
        broker_ids => INT32
      configs => name value
        name => STRING
        value => NULLABLE_STRING
    timeout_ms => INT32
    validate_only => BOOLEAN

  CreateTopics Response (Version: 2-4) => throttle_time_ms [topics]
    throttle_time_ms => INT32
    topics => name error_code error_message
      name => STRING
      error_code => INT16
      error_message => NULLABLE_STRING
*/
export const createTopics: Api = {
  key: 19,
  name: 'CreateTopics',
  versions: [2, 4],
  answer: (request, { node }) => {
    const wanted = request.array((topic) => ({
      name: topic.string(),
      partitions: topic.int32(),
      replicationFactor: topic.int16(),
      assignments: topic.array((each) => ({ partition: each.int32(), nodes: each.array((id) => id.int32()) })),
      configs: topic.array((config) => ({ name: config.string(), value: config.nullableString() })),
    }));
    request.int32();
    const validateOnly = request.boolean();
    const byName = Map.groupBy(wanted, ({ name }) => name);
    return new Writer().int32(NO_THROTTLE).array([...byName], (w, [name, [topic, ...twins]]) => {
      const created = attempt(() => {
        if (twins.length) throw new KafkaError('INVALID_REQUEST', 'Duplicate topic name.');
        node.topics.create(topic!, validateOnly);
      });
      w.string(name).int16(codeOf(created)).string(messageOf(created));
    });
  },
};

/*
  DeleteTopics Request (Version: 1-3) => [topic_names] timeout_ms
    topic_names => STRING
    timeout_ms => INT32

  DeleteTopics Response (Version: 1-3) => throttle_time_ms [responses]
    throttle_time_ms => INT32
    responses => name error_code
      name => STRING
      error_code => INT16
*/
export const deleteTopics: Api = {
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 3],
  answer: (request, { node }) => {
    const names = request.array((name) => name.string());
    return new Writer().int32(NO_THROTTLE).array(names, (w, name) => {
      const deleted = attempt(() => {
        node.topics.delete(name);
        node.groups.forgetTopic(name);
      });
      w.string(name).int16(codeOf(deleted));
    });
  },
};

/*
  CreatePartitions Request (Version: 0-1) => [topics] timeout_ms validate_only
    topics => name count [assignments]
      name => STRING
      count => INT32                                           (in total)
      assignments => [broker_ids]                              (nullable; for the new ones)
        broker_ids => INT32
    timeout_ms => INT32
    validate_only => BOOLEAN

  CreatePartitions Response (Version: 0-1) => throttle_time_ms [results]
    throttle_time_ms => INT32
    results => name error_code error_message
      name => STRING
      error_code => INT16
      error_message => NULLABLE_STRING
*/
export const createPartitions: Api = {
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 1],
  answer: (request, { node }) => {
    const wanted = request.array((topic) => ({
      name: topic.string(),
      count: topic.int32(),
      assignments: topic.nullableArray((each) => each.array((id) => id.int32())),
    }));
    request.int32();
    const validateOnly = request.boolean();
    return new Writer().int32(NO_THROTTLE).array(wanted, (w, { name, count, assignments }) => {
      const grown = attempt(() => node.topics.grow(name, count, assignments, validateOnly));
      w.string(name).int16(codeOf(grown)).string(messageOf(grown));
    });
  },
};
