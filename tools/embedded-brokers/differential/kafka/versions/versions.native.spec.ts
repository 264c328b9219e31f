import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/apis.ts';
import { type KafkaBroker, startKafka } from '../../../src/kafka/broker.ts';
import { groupScenes } from './group-scenes.ts';
import { recordScenes } from './record-scenes.ts';
import { Side } from './side.ts';
import { topicScenes } from './topic-scenes.ts';

const scenes = { ...recordScenes, ...groupScenes, ...topicScenes };
const native = process.env['KAFKA_BROKERS'];
if (!native) throw new Error('KAFKA_BROKERS is not set: this compares with a real Kafka, for example 127.0.0.1:9092');

let broker: KafkaBroker;
let sides: Side[];
beforeAll(async () => {
  broker = await startKafka();
  sides = await Promise.all([broker.brokers, native].map((brokers) => Side.open(brokers)));
});
afterAll(async () => {
  for (const side of sides) side.close();
  await broker.close();
});

const versionsOf = (name: string): number[] => {
  const [first, last] = [...APIS.values()].find((api) => api.name === name)!.versions;
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
};

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  it.each(versionsOf(name))('in version %i answers as Kafka does', async (version) => {
    const [embedded, real] = await Promise.all(sides.map((side) => side.play(name, version, scene)));
    expect(embedded).toEqual(real);
  });
});

it('there is a scene for each API', () => {
  expect(Object.keys(scenes).toSorted()).toEqual([...APIS.values()].map(({ name }) => name).toSorted());
});
