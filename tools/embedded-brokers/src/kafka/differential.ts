import { connect, kafkaAt, Random } from './differential-client.ts';
import { errorOf } from './differential-errors.ts';
import { groupSteps } from './differential-groups.ts';
import { logSteps } from './differential-logs.ts';
import { Members } from './differential-members.ts';
import { Plain } from './differential-plain.ts';
import type { Stage, Step } from './differential-stage.ts';
import { firstTopic, topicSteps } from './differential-topics.ts';

/**
 * Plays the script of a seed at a broker, and tells what its client saw, a line a step. The same seed gives the same
 * script; names, ids and clocks are taken out, so that two brokers can be compared line by line.
 */
export async function playScript(seed: number, brokers: string, run: string): Promise<string[]> {
  const prefix = `${run}-${seed}-`;
  const random = new Random(seed);
  const wire = await connect(brokers);
  const admin = kafkaAt(brokers).admin();
  await admin.connect();
  const members = new Members(brokers, `${prefix}group`, wire);
  const stage: Stage = { random, brokers, prefix, wire, admin, members, topics: new Map(), producerIds: [] };
  const plain = new Plain(prefix);
  const steps = Object.entries(seed % 3 === 0 ? groupSteps : { ...logSteps, ...topicSteps });
  const seen: string[] = [];
  try {
    seen.push(await play('firstTopic', firstTopic, stage, plain));
    for (let left = 8 + random.below(12); left > 0; left--) {
      const [name, step] = random.of(steps);
      seen.push(await play(name, step, stage, plain));
    }
    return seen;
  } finally {
    await members.close();
    await Promise.all([wire.disconnect(), admin.disconnect()]);
  }
}

async function play(name: string, step: Step, stage: Stage, plain: Plain): Promise<string> {
  const { asked, answer } = step(stage);
  const answered = await answer().catch(errorOf);
  return `${name} ${plain.text(asked)} -> ${plain.text(answered)}`;
}
