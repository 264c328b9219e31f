import { type Api, type Call, CLUSTER_ID, NO_AUTHORIZED_OPERATIONS, NO_THROTTLE } from '../api.ts';
import { attempt, codeOf, KafkaError } from '../errors.ts';
import { LEADER_EPOCH, type Partition } from '../records/partition.ts';
import { Writer } from '../wire/writer.ts';
import { checkName, type Topic } from './topics.ts';

/*
  Metadata Request (Version: 0-8) => [topics] allow_auto_topic_creation include_cluster_authorized_operations
                                     include_topic_authorized_operations
    topics => name                                             (nullable in 1+; all topics: null, in 0 none)
      name => STRING
    allow_auto_topic_creation => BOOLEAN                       (4+)
    include_cluster_authorized_operations => BOOLEAN           (8)
    include_topic_authorized_operations => BOOLEAN             (8)

  Metadata Response (Version: 0-8) => throttle_time_ms [brokers] cluster_id controller_id [topics]
                                      cluster_authorized_operations
    throttle_time_ms => INT32                                  (3+)
    brokers => node_id host port rack
      node_id => INT32
      host => STRING
      port => INT32
      rack => NULLABLE_STRING                                  (1+)
    cluster_id => NULLABLE_STRING                              (2+)
    controller_id => INT32                                     (1+)
    topics => error_code name is_internal [partitions] topic_authorized_operations
      error_code => INT16
      name => STRING
      is_internal => BOOLEAN                                   (1+)
      partitions => (below)
      topic_authorized_operations => INT32                     (8)
    cluster_authorized_operations => INT32                     (8)
*/
export const metadata: Api = {
  key: 3,
  name: 'Metadata',
  versions: [0, 8],
  answer: (request, call) => {
    const { version, node } = call;
    const wanted = request.nullableArray((reader) => reader.string());
    const mayCreate = version < 4 || request.boolean();
    const names = wanted === null || (version === 0 && wanted.length === 0) ? node.topics.names : [...new Set(wanted)];
    return new Writer()
      .when(version >= 3, (w) => w.int32(NO_THROTTLE))
      .array([node], (w, { id, host, port }) => {
        w.int32(id).string(host).int32(port);
        w.when(version >= 1, () => w.string(null));
      })
      .when(version >= 2, (w) => w.string(CLUSTER_ID))
      .when(version >= 1, (w) => w.int32(node.id))
      .array(names, (w, name) => {
        const topic = attempt(() => find(call, name, mayCreate));
        w.int16(codeOf(topic)).string(name);
        w.when(version >= 1, () => w.boolean(false));
        w.array(topic instanceof KafkaError ? [] : topic.partitions, (_, each) => writePartition(w, each, call));
        w.when(version >= 8, () => w.int32(NO_AUTHORIZED_OPERATIONS));
      })
      .when(version >= 8, (w) => w.int32(NO_AUTHORIZED_OPERATIONS));
  },
};

function find({ node: { topics, autoCreateTopics } }: Call, name: string, mayCreate: boolean): Topic {
  const topic = topics.find(name);
  if (topic) return topic;
  checkName(name);
  if (!mayCreate || !autoCreateTopics) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  return topics.create({ name, partitions: -1, replicationFactor: -1, assignments: [], configs: [] });
}

/*
    partitions => error_code partition_index leader_id leader_epoch [replica_nodes] [isr_nodes] [offline_replicas]
      error_code => INT16
      partition_index => INT32
      leader_id => INT32
      leader_epoch => INT32                                    (7+)
      replica_nodes => INT32
      isr_nodes => INT32
      offline_replicas => INT32                                (5+)
*/
function writePartition(writer: Writer, { index }: Partition, { version, node }: Call): void {
  const writeNodes = (ids: number[]) => writer.array(ids, (w, id) => w.int32(id));
  writer.int16(0).int32(index).int32(node.id);
  writer.when(version >= 7, (w) => w.int32(LEADER_EPOCH));
  writeNodes([node.id]);
  writeNodes([node.id]);
  writer.when(version >= 5, () => writeNodes([]));
}
