import type { Consumer } from './consumers.ts';
import { deadLetterOf, isCycle, type Reason } from './dead-letter.ts';
import { type Destination, Exchange, PREDECLARED } from './exchange.ts';
import type { Memory } from './memory.ts';
import type { Message } from './message.ts';
import type { Host, Queue } from './queue.ts';

/** Consumers of direct replies, by the routing key that their requests carry. */
export type ReplyConsumers = Map<string, (reply: Message) => void>;

/** The result of routing a published message. */
export interface Routed {
  /** The number of queues it was routed to. */
  queues: number;
  /** Whether every one of them accepted it. */
  accepted: boolean;
}

/** The exchanges and queues of one virtual host (spec 2.1.5). */
export class VirtualHost implements Host {
  readonly name: string;
  readonly memory: Memory;
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly replyConsumers: ReplyConsumers = new Map();
  private readonly deadLetters: { message: Message; reason: Reason }[] = [];
  private isRouting = false;

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
    let accepted = true;
    this.thenRouteDeadLetters(() => {
      for (const queue of queues) if (!queue.publish(message)) accepted = false;
    });
    return { queues: queues.size, accepted };
  }

  /** Routes the dead letter once the running operation is complete, so that dead letters that cause further ones do not recurse. */
  deadLetter(message: Message, reason: Reason, queue: Queue): void {
    this.thenRouteDeadLetters(() => this.deadLetters.push({ message: deadLetterOf(message, reason, queue), reason }));
  }

  /** Returns the consumers that the queue had. */
  deleteQueue(queue: Queue): Consumer[] {
    if (this.queues.get(queue.name) !== queue) return [];
    this.queues.delete(queue.name);
    this.forget(queue);
    return queue.dispose();
  }

  /** Deletes an exchange with its bindings from other exchanges. */
  deleteExchange(exchange: Exchange): void {
    this.exchanges.delete(exchange.name);
    this.forget(exchange);
  }

  /** Deletes an auto-delete exchange when its last binding is gone. */
  deleteWhenDone(exchange: Exchange): void {
    if (exchange.isDone) this.deleteExchange(exchange);
  }

  /** Runs an operation, then routes the dead letters that it caused, one after the other. */
  private thenRouteDeadLetters(work: () => void): void {
    if (this.isRouting) return work();
    this.isRouting = true;
    work();
    for (let next = this.deadLetters.shift(); next; next = this.deadLetters.shift())
      this.routeDeadLetter(next.message, next.reason);
    this.isRouting = false;
  }

  private routeDeadLetter(message: Message, reason: Reason): void {
    for (const queue of this.route(message)) if (!isCycle(message, reason, queue)) queue.publish(message);
  }

  private route(message: Message): Set<Queue> {
    const queues = new Set<Queue>();
    if (message.exchange === '') {
      for (const key of [message.routingKey, ...message.additionalKeys])
        if (this.queues.has(key)) queues.add(this.queues.get(key)!);
      return queues;
    }
    const first = this.exchanges.get(message.exchange);
    const destinations = new Set<Destination>(first && [first]);
    // the set grows while it is read, and visits each exchange once
    for (const destination of destinations) {
      if (!(destination instanceof Exchange)) queues.add(destination);
      else if (!destination.route(message, destinations)) {
        const { alternate } = destination.settings;
        const exchange = alternate && this.exchanges.get(String(alternate.value));
        if (exchange) destinations.add(exchange);
      }
    }
    return queues;
  }

  private forget(destination: Destination): void {
    for (const exchange of this.exchanges.values()) {
      exchange.forget(destination);
      this.deleteWhenDone(exchange);
    }
  }
}
