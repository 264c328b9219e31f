import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APIS } from '../../../src/kafka/apis.ts';
import { type KafkaBroker, startKafka } from '../../../src/kafka/broker.ts';
import { groupScenes } from './group-scenes.ts';
import { recordScenes } from './record-scenes.ts';
import { newRun, Side } from './side.ts';
import { topicScenes } from './topic-scenes.ts';

const scenes = { ...recordScenes, ...groupScenes, ...topicScenes };
const native = process.env['KAFKA_BROKERS'];
if (!native) throw new Error('KAFKA_BROKERS is not set: this compares with a real Kafka, for example 127.0.0.1:9092');

let broker: KafkaBroker;
let sides: Side[];
beforeAll(async () => {
  broker = await startKafka({ sessionTimeout: { min: 1000 } }); // as the native provider has it
  const run = newRun();
  sides = await Promise.all([broker.brokers, native].map((brokers) => Side.open(brokers, run)));
});
afterAll(async () => {
  for (const side of sides) side.close();
  await broker.close();
});

interface Setting {
  name: string;
  configType: number;
  readOnly: boolean;
  synonyms: { value: string; source: number }[];
}

const BY_DEFAULT = 5;
const comparable = ({ name, configType, readOnly, synonyms }: Setting): string =>
  `${name} ${configType} ${readOnly} ${synonyms.find(({ source }) => source === BY_DEFAULT)?.value}`;

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

it('the settings of the broker have the names, types and defaults of Kafka', async () => {
  const request = {
    resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }],
    includeSynonyms: true,
  };
  const [embedded, real] = await Promise.all(
    sides.map(async ({ client }) => (await client.ask('DescribeConfigs', 4, request)).results[0].configs as Setting[]),
  );
  const names = embedded!.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(30);
  const known = real!.filter(({ name }) => names.includes(name));
  expect(embedded!.map(comparable).toSorted()).toEqual(known.map(comparable).toSorted());
});

/** Answered otherwise than by Kafka with its default settings: docs/brokers.md says what is refused. */
const REFUSED = ['ConsumerGroupHeartbeat'];

it('there is a scene for each API that is not refused', () => {
  const served = [...APIS.values()].map(({ name }) => name).filter((name) => !REFUSED.includes(name));
  expect(Object.keys(scenes).toSorted()).toEqual(served.toSorted());
});
