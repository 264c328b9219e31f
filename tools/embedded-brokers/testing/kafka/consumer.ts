import { kafkaOf } from './client.ts';

/** `consumer.ts <brokers> <group> <topic>`: a consumer in a process that can be killed; prints each message as a line of JSON. */
const [brokers, groupId, topic] = process.argv.slice(2) as [string, string, string];
const consumer = kafkaOf(brokers, `consumer-${process.pid}`).consumer({
  groupId,
  sessionTimeout: 1500,
  heartbeatInterval: 200,
  rebalanceTimeout: 3000,
  maxWaitTimeInMs: 100,
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
consumer.on('consumer.group_join', ({ payload }) => console.log(JSON.stringify({ joined: payload.memberAssignment })));
await consumer.run({
  autoCommitThreshold: 1,
  eachMessage: async ({ partition, message: { key, value } }) => {
    console.log(JSON.stringify({ partition, key: `${key}`, value: Number(`${value}`) }));
  },
});
