import { accessRefused, notFound, notImplemented, preconditionFailed } from '../errors.ts';
import type { Consumer } from '../vhost/consumers.ts';
import { ALTERNATE, Exchange, exchangeType } from '../vhost/exchange.ts';
import { Queue } from '../vhost/queue.ts';
import type { VirtualHost } from '../vhost/vhost.ts';
import type { Arguments } from '../wire/methods.ts';
import { serverNamed } from './deliveries.ts';
import { isReplyTo, REPLY_TO } from './reply-to.ts';

/** A channel's methods of the classes exchange and queue (spec 1.6, 1.7). */
export class Declarations {
  private readonly vhost: VirtualHost;
  /** The connection, which owns its exclusive queues. */
  private readonly connection: object;
  private lastQueue = '';

  constructor(vhost: VirtualHost, connection: object) {
    this.vhost = vhost;
    this.connection = connection;
  }

  /** exchange.declare (1.6.2.1) */
  declareExchange(args: Arguments<'exchange.declare'>): void {
    const { type, passive, durable, autoDelete, internal } = args;
    const name = named(args.exchange);
    if (passive) {
      expectNotDefault(name);
      return void this.exchange(name);
    }
    const alternate = args.arguments.get(ALTERNATE);
    const settings = { type: exchangeType(type), durable, autoDelete, internal, alternate };
    expectNotDefault(name);
    const { exchanges } = this.vhost;
    const current = exchanges.get(name);
    if (current) return current.expect(settings);
    expectNotReserved('exchange', name);
    if (alternate && alternate.type !== 'longstr')
      throw preconditionFailed(
        `invalid type '${alternate.type}' for arg '${ALTERNATE}' in ${this.exchangeTitle(name)}`,
      );
    exchanges.set(name, new Exchange(name, this.vhost.name, settings));
  }

  /** exchange.delete (1.6.2.3): an unknown exchange is not an error. */
  deleteExchange({ exchange, ifUnused }: Arguments<'exchange.delete'>): void {
    const name = named(exchange);
    expectNotDefault(name);
    if (name.startsWith('amq.'))
      throw accessRefused(`deletion of system exchange '${name}' in vhost '${this.vhost.name}' not allowed`);
    const current = this.vhost.exchanges.get(name);
    if (ifUnused && current?.inUse) throw preconditionFailed(`${current.title} in use`);
    if (current) this.vhost.deleteExchange(current);
  }

  /** exchange.bind: https://www.rabbitmq.com/docs/e2e */
  bindExchange(args: Arguments<'exchange.bind'>): void {
    const [source, destination] = this.exchanges(args);
    if (!source) throw notFound(this.exchangeTitle(named(args.source)));
    if (!destination) throw notFound(this.exchangeTitle(named(args.destination)));
    source.expectArguments(args.arguments);
    source.bind(destination, args.routingKey, args.arguments);
  }

  /** exchange.unbind: an unknown binding is not an error. */
  unbindExchange(args: Arguments<'exchange.unbind'>): void {
    const [source, destination] = this.exchanges(args);
    if (!source || !destination) return;
    source.unbind(destination, args.routingKey, args.arguments);
    this.vhost.deleteWhenDone(source);
  }

  /** queue.declare (1.7.2.1) */
  declareQueue(args: Arguments<'queue.declare'>): Arguments<'queue.declare-ok'> {
    const name = named(args.queue);
    const queue = isReplyTo(name) ? this.replyQueue(name) : args.passive ? this.passive(name) : this.active(name, args);
    this.lastQueue = queue.name;
    const { messageCount, consumerCount } = queue;
    return { queue: queue.name, messageCount, consumerCount };
  }

  /** queue.bind (1.7.2.3) */
  bind({ queue, exchange, routingKey, arguments: args }: Arguments<'queue.bind'>): void {
    const [source, destination] = this.ends(exchange, queue);
    if (!source) throw notFound(this.exchangeTitle(named(exchange)));
    if (!destination) throw notFound(this.queueTitle(this.nameOf(queue)));
    source.expectArguments(args);
    destination.expectAccess(this.connection);
    source.bind(destination, this.keyOf(queue, routingKey), args);
  }

  /** queue.unbind (1.7.2.5): an unknown binding is not an error. */
  unbind({ queue, exchange, routingKey, arguments: args }: Arguments<'queue.unbind'>): void {
    const [source, destination] = this.ends(exchange, queue);
    const key = this.keyOf(queue, routingKey);
    if (!source || !destination || !source.isBound(destination, key, args)) return;
    destination.expectAccess(this.connection);
    source.unbind(destination, key, args);
    this.vhost.deleteWhenDone(source);
  }

  /** queue.purge (1.7.2.7) */
  purge({ queue }: Arguments<'queue.purge'>): number {
    return this.queue(queue).purge();
  }

  /** queue.delete (1.7.2.9): an unknown queue is not an error. Tell the consumers after delete-ok is sent. */
  deleteQueue({ queue: name, ifUnused, ifEmpty }: Arguments<'queue.delete'>): {
    messageCount: number;
    consumers: Consumer[];
  } {
    const queue = this.vhost.queues.get(this.nameOf(name));
    if (!queue) return { messageCount: 0, consumers: [] };
    queue.expectAccess(this.connection);
    const flag = ifUnused ? 'if-unused' : ifEmpty ? 'if-empty' : undefined;
    if (flag && queue.limits.quorum)
      throw notImplemented(
        `cannot delete ${queue.title}. queue.delete operations with ${flag} flag set are not supported by quorum queues`,
      );
    const { messageCount } = queue;
    if (ifUnused && queue.consumerCount) throw preconditionFailed(`${queue.title} in use`);
    if (ifEmpty && messageCount) throw preconditionFailed(`${queue.title} not empty`);
    return { messageCount, consumers: this.vhost.deleteQueue(queue) };
  }

  /** A queue that this connection may use; without a name, the last declared one. */
  queue(name: string): Queue {
    const actual = this.nameOf(name);
    const queue = this.vhost.queues.get(actual);
    if (!queue) throw notFound(this.queueTitle(actual));
    queue.expectAccess(this.connection);
    return queue;
  }

  exchange(name: string): Exchange {
    const exchange = this.vhost.exchanges.get(name);
    if (!exchange) throw notFound(this.exchangeTitle(name));
    return exchange;
  }

  private passive(name: string): Queue {
    const queue = this.vhost.queues.get(name);
    if (!queue) throw notFound(this.queueTitle(name));
    queue.expectAccess(this.connection);
    return queue;
  }

  private active(name: string, args: Arguments<'queue.declare'>): Queue {
    const { durable, exclusive, autoDelete } = args;
    if (name === '' && args.arguments.get('x-queue-type')?.value === 'quorum')
      throw preconditionFailed('Cannot declare a server-named queue for type rabbit_quorum_queue');
    if (name) expectNotReserved('queue', name);
    const owner = exclusive ? this.connection : undefined;
    const actual = name || serverNamed('amq.gen');
    const settings = { name: actual, durable: durable && !exclusive, autoDelete, owner, args: args.arguments };
    const current = this.vhost.queues.get(actual);
    if (current) return (current.expect(settings), current);
    const queue = new Queue(settings, this.vhost);
    this.vhost.queues.set(actual, queue);
    return queue;
  }

  private replyQueue(name: string): { name: string; messageCount: number; consumerCount: number } {
    if (name !== REPLY_TO && !this.vhost.replyConsumers.has(name)) throw notFound(this.queueTitle(name));
    return { name, messageCount: 0, consumerCount: 1 };
  }

  private ends(exchange: string, queue: string): [Exchange | undefined, Queue | undefined] {
    const destination = this.nameOf(queue);
    expectNotDefault(named(exchange));
    return [this.vhost.exchanges.get(named(exchange)), this.vhost.queues.get(named(destination))];
  }

  private exchanges({ source, destination }: { source: string; destination: string }): (Exchange | undefined)[] {
    const names = [source, destination].map(named);
    names.forEach(expectNotDefault);
    return names.map((name) => this.vhost.exchanges.get(name));
  }

  private nameOf(name: string): string {
    if (name === '' && this.lastQueue === '') throw notFound('previously declared queue');
    return named(name) || this.lastQueue;
  }

  /** With neither queue name nor key, the last declared queue's name is the key (spec 1.7.2.3). */
  private keyOf(queue: string, key: string): string {
    return queue === '' && key === '' ? this.lastQueue : key;
  }

  private queueTitle(name: string): string {
    return `queue '${name}' in vhost '${this.vhost.name}'`;
  }

  private exchangeTitle(name: string): string {
    return `exchange '${name}' in vhost '${this.vhost.name}'`;
  }
}

/** RabbitMQ removes line ends from names. */
const named = (name: string): string => name.replaceAll(/[\r\n]/g, '');

const expectNotDefault = (exchange: string): void => {
  if (exchange === '') throw accessRefused('operation not permitted on the default exchange');
};

const expectNotReserved = (kind: 'queue' | 'exchange', name: string): void => {
  if (name.startsWith('amq.')) throw accessRefused(`${kind} name '${name}' contains reserved prefix 'amq.*'`);
};
