import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { connect, kafkaAt, Random, type Wire } from './differential-client.ts';
import { groupSteps, Members } from './differential-groups.ts';
import { logSteps } from './differential-logs.ts';
import { firstTopic, topicSteps } from './differential-topics.ts';

/** What the steps of one script share. Names start with `prefix`, so that scripts never meet. */
export interface Stage {
  readonly random: Random;
  readonly brokers: string;
  readonly prefix: string;
  readonly wire: Wire;
  readonly admin: Admin;
  readonly members: Members;
  /** With their numbers of partitions. */
  readonly topics: Map<string, number>;
  readonly producerIds: { producerId: string; sequences: Map<string, { first: number; count: number }> }[];
}

/** One call or a few: says what it asked, and how to get the answer. All random choices come before the first wait. */
export type Step = (stage: Stage) => { asked: unknown; answer: () => Promise<unknown> };

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

/** Resolves with what `promise` gives within a while, else with 'waits': for requests that are held back. */
export const soon = async <T>(promise: Promise<T>, within: number): Promise<unknown> =>
  Promise.race([promise.catch(errorOf), sleep(within, 'waits')]);

interface Refused extends Error {
  type?: string;
  cause?: Refused;
  errors?: (Refused & { topic?: string; groupId?: string; error?: Refused })[];
  groups?: unknown;
}

/** How kafkajs says no. */
function errorOf(thrown: unknown): unknown {
  const { name, type, cause, errors, message } = thrown as Refused;
  if (errors) return { refused: errors.map(errorOf) };
  if (cause?.type) return { refused: cause.type };
  return { refused: type ?? `${name}: ${message}` };
}

/** Told every time, and different everywhere. */
const LEFT_OUT = new Set(['throttleTime', 'clientSideThrottleTime', 'brokers', 'controllerId', 'clusterId']);

class Plain {
  readonly #prefix: string;
  readonly #ids = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  text(value: unknown): string {
    return JSON.stringify(this.#plain(value)) ?? 'nothing';
  }

  #plain(value: unknown): unknown {
    if (typeof value === 'bigint') return `${value}`;
    if (typeof value === 'string') return this.#plainText(value);
    if (Buffer.isBuffer(value)) return this.#plainText(value.length > 200 ? `${value.length} bytes` : `${value}`);
    if (Array.isArray(value)) return value.map((each) => this.#plain(each));
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).filter(([key]) => !LEFT_OUT.has(key));
    return Object.fromEntries(entries.map(([key, each]) => [key, this.#plain(each)]));
  }

  /** The first id that is seen becomes id-0, and so on. */
  #plainText(text: string): string {
    return text.replaceAll(this.#prefix, '').replaceAll(/script-[0-9a-f-]{36}/g, (id) => {
      const known = this.#ids.get(id) ?? `id-${this.#ids.size}`;
      this.#ids.set(id, known);
      return known;
    });
  }
}
