import { deadLetterOf, isCycle, type Reason } from './dead-letter.ts';
import { Exchange, PREDECLARED } from './exchange.ts';
import type { Memory } from './memory.ts';
import type { Message } from './message.ts';
import type { Queue, Surroundings } from './queue.ts';

/** Consumers of direct replies, by the routing key that their requests carry. */
export type ReplyConsumers = Map<string, (reply: Message) => void>;

/** What became of a published message. */
export interface Routed {
  /** How many queues it was for. */
  queues: number;
  /** Whether none of them refused it. */
  taken: boolean;
}

/** Exchanges and queues of one name space (spec 2.1.5). */
export class VirtualHost implements Surroundings {
  readonly name: string;
  readonly memory: Memory;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly replyConsumers: ReplyConsumers = new Map();
  private readonly deaths: { message: Message; reason: Reason }[] = [];
  private burying = false;

  constructor(name: string, memory: Memory) {
    this.name = name;
    this.memory = memory;
    for (const [exchange, type] of PREDECLARED)
      this.exchanges.set(
        exchange,
        new Exchange(exchange, name, { type, durable: true, autoDelete: false, internal: false }),
      );
  }

  publish(message: Message): Routed {
    const queues = this.route(message);
    let taken = true;
    this.meanwhile(() => {
      for (const queue of queues) if (!queue.publish(message)) taken = false;
    });
    return { queues: queues.size, taken };
  }

  /** One after the other: what dies because another has come is no call within that one's call. */
  deadLetter(message: Message, reason: Reason, queue: Queue): void {
    this.meanwhile(() => this.deaths.push({ message: deadLetterOf(message, reason, queue), reason }));
  }

  deleteQueue(queue: Queue): void {
    if (this.queues.get(queue.name) !== queue) return;
    this.queues.delete(queue.name);
    for (const exchange of this.exchanges.values()) {
      exchange.forget(queue);
      this.deleteWhenDone(exchange);
    }
    queue.dispose();
  }

  /** Auto-delete exchanges go with their last binding. */
  deleteWhenDone(exchange: Exchange): void {
    if (exchange.isDone) this.exchanges.delete(exchange.name);
  }

  /** Does something, and then takes to their exchanges the messages that have died of it. */
  private meanwhile(work: () => void): void {
    if (this.burying) return work();
    this.burying = true;
    work();
    for (let death = this.deaths.shift(); death; death = this.deaths.shift()) this.bury(death.message, death.reason);
    this.burying = false;
  }

  private bury(message: Message, reason: Reason): void {
    for (const queue of this.route(message)) if (!isCycle(message, reason, queue)) queue.publish(message);
  }

  private route({ exchange, routingKey, furtherKeys }: Message): Set<Queue> {
    const queues = new Set<Queue>();
    for (const key of [routingKey, ...furtherKeys])
      if (exchange === '') {
        const queue = this.queues.get(key);
        if (queue) queues.add(queue);
      } else this.exchanges.get(exchange)?.route(key, queues);
    return queues;
  }
}
