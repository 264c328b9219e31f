import java.time.Duration;
import java.util.*;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** Uses Kafka as a Java service does, with nothing but the addresses set. Prints one line per result. */
class JavaClient {
  static final String STRINGS = "org.apache.kafka.common.serialization.String";
  static String brokers;

  static Properties with(String... more) {
    var all = new Properties();
    all.put("bootstrap.servers", brokers);
    for (int at = 0; at < more.length; at += 2) all.put(more[at], more[at + 1]);
    return all;
  }

  static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }

  static void refused(String what, ThrowingAct act) {
    try {
      act.run();
      say(what, "taken");
    } catch (Exception thrown) {
      var cause = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
      say(what, cause.getClass().getSimpleName());
    }
  }

  interface ThrowingAct {
    void run() throws Exception;
  }

  static KafkaProducer<String, String> producer(String... more) {
    var settings = with(more);
    settings.put("key.serializer", STRINGS + "Serializer");
    settings.put("value.serializer", STRINGS + "Serializer");
    return new KafkaProducer<>(settings);
  }

  static KafkaConsumer<String, String> consumer(String... more) {
    var settings = with(more);
    settings.put("key.deserializer", STRINGS + "Deserializer");
    settings.put("value.deserializer", STRINGS + "Deserializer");
    settings.put("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(settings);
  }

  static int hear(String group, String topic, int wanted, int seconds) {
    int heard = 0;
    try (var consumer = consumer("group.id", group)) {
      consumer.subscribe(List.of(topic));
      for (long until = System.currentTimeMillis() + seconds * 1000; heard < wanted && System.currentTimeMillis() < until; )
        for (var each : consumer.poll(Duration.ofMillis(200))) heard += each.value().length() > 0 ? 1 : 0;
      consumer.commitSync();
    }
    return heard;
  }

  public static void main(String[] args) throws Exception {
    brokers = args[0];
    try (var admin = Admin.create(with())) {
      say("cluster", admin.describeCluster().clusterId().get());
      var stamped = new NewTopic("stamped", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime"));
      admin.createTopics(List.of(new NewTopic("t", Optional.of(3), Optional.empty()), stamped)).all().get();
      admin.createPartitions(Map.of("t", NewPartitions.increaseTo(4))).all().get();
      say("partitions", admin.describeTopics(List.of("t")).allTopicNames().get().get("t").partitions().size());
      for (var codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
        try (var producer = producer("compression.type", codec)) {
          for (int n = 0; n < 100; n++) producer.send(new ProducerRecord<>("t", "key-" + n % 7, codec + n));
          producer.send(new ProducerRecord<>("stamped", "key", codec)).get();
        }
      say("heard", hear("java", "t", 500, 15));
      say("stamped, with their checksums checked", hear("java", "stamped", 5, 15));
      say("heard again", hear("java", "t", 1, 2) + " after a commit");
      var resource = new ConfigResource(ConfigResource.Type.TOPIC, "t");
      var operation = new AlterConfigOp(new ConfigEntry("retention.ms", "1000"), AlterConfigOp.OpType.SET);
      admin.incrementalAlterConfigs(Map.of(resource, List.of(operation))).all().get();
      var config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      say("retention.ms", config.get("retention.ms").value());
      long end = 0;
      for (int at = 0; at < 4; at++) {
        var place = new TopicPartition("t", at);
        end += admin.listOffsets(Map.of(place, OffsetSpec.latest())).partitionResult(place).get().offset();
      }
      say("end", end);
      say("group", admin.describeConsumerGroups(List.of("java")).all().get().get("java").groupState());
      say("committed", admin.listConsumerGroupOffsets("java").partitionsToOffsetAndMetadata().get().size());
      admin.deleteConsumerGroups(List.of("java")).all().get();
      say("groups", admin.listGroups().all().get().size());
      admin.deleteRecords(Map.of(new TopicPartition("t", 0), RecordsToDelete.beforeOffset(1))).all().get();
      admin.deleteTopics(List.of("stamped")).all().get();
      say("topics", new TreeSet<>(admin.listTopics().names().get()));
      refused("rights", () -> admin.describeAcls(org.apache.kafka.common.acl.AclBindingFilter.ANY).values().get());
    }
    refused("a transaction", () -> {
      try (var producer = producer("transactional.id", "x", "max.block.ms", "5000")) {
        producer.initTransactions();
      }
    });
    try (var consumer = consumer("group.id", "static", "group.instance.id", "one")) {
      consumer.subscribe(List.of("t"));
      while (consumer.assignment().isEmpty()) consumer.poll(Duration.ofMillis(100));
      say("a static member", consumer.groupMetadata().generationId());
    }
    try (var consumer = consumer("group.id", "static", "group.instance.id", "one")) {
      consumer.subscribe(List.of("t"));
      while (consumer.assignment().isEmpty()) consumer.poll(Duration.ofMillis(100));
      say("the same member again", consumer.groupMetadata().generationId());
    }
    refused("group.protocol=consumer", () -> {
      try (var consumer = consumer("group.id", "new", "group.protocol", "consumer")) {
        consumer.subscribe(List.of("t"));
        consumer.poll(Duration.ofSeconds(5));
      }
    });
  }
}
