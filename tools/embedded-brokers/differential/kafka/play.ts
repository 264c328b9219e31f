import { connect, kafkaAt } from '../../testing/kafka/raw-client.ts';
import { Random } from '../../src/faults/random.ts';
import { groupSteps } from './group-steps.ts';
import { Members } from './members.ts';
import { Normalizer } from './normalizer.ts';
import { recordSteps } from './record-steps.ts';
import { errorOf } from './refusals.ts';
import type { Stage, Step } from './stage.ts';
import { firstTopic, topicSteps } from './topic-steps.ts';

/**
 * Plays the script of a seed on a broker and returns what the client saw, one line per step. The same seed gives the same
 * script. Names, ids and times are normalized, so that two brokers can be compared line by line.
 */
export async function playScript(seed: number, brokers: string, run: string): Promise<string[]> {
  const prefix = `${run}-${seed}-`;
  const random = new Random(seed);
  const client = await connect(brokers);
  const admin = kafkaAt(brokers).admin();
  await admin.connect();
  const members = new Members(brokers, `${prefix}group`, client);
  const stage: Stage = { random, brokers, prefix, client, admin, members, topics: new Map(), producerIds: [] };
  const normalizer = new Normalizer(prefix);
  const steps = Object.entries(seed % 3 === 0 ? groupSteps : { ...recordSteps, ...topicSteps });
  const seen: string[] = [];
  try {
    seen.push(await play('firstTopic', firstTopic, stage, normalizer));
    for (let left = 8 + random.below(12); left > 0; left--) {
      const [name, step] = random.of(steps);
      seen.push(await play(name, step, stage, normalizer));
    }
    return seen;
  } finally {
    await members.close();
    await Promise.all([client.disconnect(), admin.disconnect()]);
  }
}

async function play(name: string, step: Step, stage: Stage, normalizer: Normalizer): Promise<string> {
  const { asked, answer } = step(stage);
  const answered = await answer().catch(errorOf);
  return `${name} ${normalizer.text(asked)} -> ${normalizer.text(answered)}`;
}
