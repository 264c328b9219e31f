import type { Faults } from '../../faults/faults.ts';
import {
  AmqpError,
  accessRefused,
  channelError,
  ConnectionLost,
  notImplemented,
  preconditionFailed,
} from '../errors.ts';
import type { Message } from '../vhost/message.ts';
import type { VirtualHost } from '../vhost/vhost.ts';
import type { FrameWriter } from '../wire/frames.ts';
import type { Arguments, Call, MethodName } from '../wire/methods.ts';
import { Declarations } from './declarations.ts';
import { Deliveries, type Recipient, serverNamed } from './deliveries.ts';
import { type Publication, Publishing } from './publishing.ts';
import { isReplyTo, REPLY_TO, ReplyTo } from './reply-to.ts';

/** The connection, as its channels see it. */
export interface Session {
  readonly vhost: VirtualHost;
  readonly user: string;
  readonly writer: FrameWriter;
  readonly wantsCancel: boolean;
  readonly faults?: Faults;
  lose(): void;
  closeChannel(number: number, error: AmqpError): void;
}

/** RabbitMQ's words: https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout */
const acknowledgedTooLate = (number: number): string =>
  `delivery acknowledgement on channel ${number} timed out. Timeout value used: 1800000 ms. ` +
  'This timeout value can be configured, see consumers doc guide to learn more';

/** One channel (spec 2.1.2): receives methods, sends replies and deliveries. Throws AmqpError to refuse a method. */
export class Channel implements Recipient {
  readonly number: number;
  readonly writer: FrameWriter;
  readonly wantsCancel: boolean;
  readonly publishing: Publishing;
  private readonly session: Session;
  /** Channels that have confirms to send once all received frames are handled. */
  private readonly unconfirmed: Set<Channel>;
  private readonly declarations: Declarations;
  private readonly deliveries: Deliveries;
  private readonly replyTo: ReplyTo;
  private confirms = false;
  private published = 0;
  private confirmed = 0;

  constructor(number: number, session: Session, unconfirmed: Set<Channel>) {
    this.number = number;
    this.session = session;
    this.unconfirmed = unconfirmed;
    this.writer = session.writer;
    this.wantsCancel = session.wantsCancel;
    this.publishing = new Publishing(session.vhost.memory);
    this.declarations = new Declarations(session.vhost, session);
    this.deliveries = new Deliveries(this);
    this.replyTo = new ReplyTo(session.vhost.replyConsumers, this.deliveries);
  }

  handle(call: Exclude<Call, { name: 'basic.publish' }>): void {
    const { declarations, deliveries } = this;
    switch (call.name) {
      case 'channel.open':
        throw channelError("second 'channel.open' seen");
      case 'channel.flow':
        if (!call.args.active) throw notImplemented('active=false');
        return this.reply('channel.flow-ok', { active: true });
      case 'access.request':
        return this.reply('access.request-ok', { ticket: 1 });
      case 'exchange.declare':
        declarations.declareExchange(call.args);
        return this.answer(call.args, 'exchange.declare-ok', {});
      case 'exchange.delete':
        declarations.deleteExchange(call.args);
        return this.answer(call.args, 'exchange.delete-ok', {});
      case 'exchange.bind':
        declarations.bindExchange(call.args);
        return this.answer(call.args, 'exchange.bind-ok', {});
      case 'exchange.unbind':
        declarations.unbindExchange(call.args);
        return this.answer(call.args, 'exchange.unbind-ok', {});
      case 'queue.declare':
        return this.answer(call.args, 'queue.declare-ok', declarations.declareQueue(call.args));
      case 'queue.bind':
        declarations.bind(call.args);
        return this.answer(call.args, 'queue.bind-ok', {});
      case 'queue.unbind':
        declarations.unbind(call.args);
        return this.reply('queue.unbind-ok', {});
      case 'queue.purge':
        return this.answer(call.args, 'queue.purge-ok', { messageCount: declarations.purge(call.args) });
      case 'queue.delete':
        return this.deleteQueue(call.args);
      case 'basic.qos':
        deliveries.qos(call.args);
        return this.reply('basic.qos-ok', {});
      case 'basic.consume':
        return this.consume(call.args);
      case 'basic.cancel':
        return this.cancel(call.args);
      case 'basic.get':
        if (deliveries.get(declarations.queue(call.args.queue), call.args.noAck)) return;
        return this.reply('basic.get-empty', { reserved1: '' });
      case 'basic.ack':
        this.maybeLoseAcknowledgement(call.args.deliveryTag);
        return deliveries.settle(call.args.deliveryTag, call.args.multiple, 'settle');
      case 'basic.nack':
        return deliveries.settle(call.args.deliveryTag, call.args.multiple, call.args.requeue ? 'requeue' : 'reject');
      case 'basic.reject':
        return deliveries.settle(call.args.deliveryTag, false, call.args.requeue ? 'requeue' : 'reject');
      case 'basic.recover':
      case 'basic.recover-async':
        if (!call.args.requeue) throw notImplemented('requeue=false');
        deliveries.recover();
        if (call.name === 'basic.recover') this.reply('basic.recover-ok', {});
        return;
      case 'confirm.select':
        this.confirms = true;
        return this.answer(call.args, 'confirm.select-ok', {});
      case 'tx.select':
      case 'tx.commit':
      case 'tx.rollback':
        throw notImplemented(call.name);
      default:
        throw new AmqpError('COMMAND_INVALID', `unexpected method ${call.name}`);
    }
  }

  /** basic.publish (1.8.3.7), once its content is complete. */
  publish({ args, message, properties, refused }: Publication): void {
    const { exchange: name, routingKey, mandatory } = args;
    const exchange = name === '' ? undefined : this.declarations.exchange(name);
    if (exchange?.settings.internal) throw accessRefused(`cannot publish to internal ${exchange.title}`);
    const { user } = this.session;
    if (properties.userId !== undefined && properties.userId !== user)
      throw preconditionFailed(`user_id property set to '${properties.userId}' but authenticated user was '${user}'`);
    const sent = this.publishing.complete(message, properties, () => this.replyTo.key);
    if (this.confirms && this.faults?.happens('amqp.publish-refused', routingKey)) return this.confirm(false);
    if (refused && !this.confirms) throw preconditionFailed('the memory limit for messages is reached');
    const { queues, accepted } = refused ? { queues: 1, accepted: false } : this.route(sent);
    if (!queues && mandatory) {
      const why = { replyCode: 312, replyText: 'NO_ROUTE', exchange: name, routingKey };
      this.writer.content(this.number, 'basic.return', why, sent);
    }
    if (this.confirms && this.faults?.happens('amqp.confirm-lost', routingKey)) throw new ConnectionLost();
    if (this.confirms) this.confirm(accepted);
  }

  get faults(): Faults | undefined {
    return this.session.faults;
  }

  /** A delivery was sent: the connection, the channel or the consumer may go. */
  delivered(queue: string, consumerTag: string): void {
    const { faults, session, number } = this;
    if (!faults) return;
    if (faults.happens('amqp.connection-lost', queue)) setImmediate(() => session.lose());
    if (faults.happens('amqp.channel-closed', queue))
      setImmediate(() => session.closeChannel(number, preconditionFailed(acknowledgedTooLate(number))));
    if (faults.happens('amqp.consumer-cancelled', queue)) setImmediate(() => this.deliveries.withdraw(consumerTag));
  }

  private maybeLoseAcknowledgement(tag: number): void {
    const queue = this.deliveries.queueOf(tag);
    if (queue && this.faults?.happens('amqp.acknowledgement-lost', queue)) throw new ConnectionLost();
  }

  /** Confirms the messages accepted since the last confirm. */
  sendConfirms(): void {
    if (this.confirmed === this.published) return;
    const multiple = this.published - this.confirmed > 1;
    this.confirmed = this.published;
    this.writer.method(this.number, 'basic.ack', { deliveryTag: this.published, multiple });
  }

  /** Continues delivering once the socket accepts more. */
  resume(): void {
    this.deliveries.resume();
  }

  stopConsuming(): void {
    this.replyTo.cancel();
    this.deliveries.cancelAll();
  }

  /** Returns unacknowledged messages to their queues when the channel closes. */
  dispose(): void {
    this.stopConsuming();
    this.publishing.dispose();
    this.deliveries.dispose();
  }

  private route(message: Message): { queues: number; accepted: boolean } {
    const { vhost } = this.session;
    // a direct reply is delivered and yet counts as not routed: https://www.rabbitmq.com/docs/direct-reply-to#limitations
    if (message.exchange === '' && isReplyTo(message.routingKey)) {
      vhost.replyConsumers.get(message.routingKey)?.(message);
      return { queues: 0, accepted: true };
    }
    return vhost.publish(message);
  }

  private deleteQueue(args: Arguments<'queue.delete'>): void {
    const { messageCount, consumers } = this.declarations.deleteQueue(args);
    this.answer(args, 'queue.delete-ok', { messageCount });
    for (const consumer of consumers) consumer.cancelled();
  }

  private consume(args: Arguments<'basic.consume'>): void {
    this.deliveries.expectFreeTag(args.consumerTag);
    const consumerTag = args.consumerTag || serverNamed('amq.ctag');
    if (args.queue === REPLY_TO) {
      this.replyTo.consume(consumerTag, args.noAck);
      return this.answer(args, 'basic.consume-ok', { consumerTag });
    }
    const queue = this.declarations.queue(args.queue);
    this.deliveries.consume(queue, consumerTag, args);
    this.answer(args, 'basic.consume-ok', { consumerTag });
    queue.pump();
  }

  private cancel(args: Arguments<'basic.cancel'>): void {
    const { consumerTag } = args;
    const queue = this.replyTo.cancel(consumerTag) ? undefined : this.deliveries.cancel(consumerTag);
    this.answer(args, 'basic.cancel-ok', { consumerTag });
    queue?.pump();
  }

  private confirm(accepted: boolean): void {
    if (!accepted) {
      this.sendConfirms();
      this.confirmed = ++this.published;
      const args = { deliveryTag: this.published, multiple: false, requeue: false };
      return this.writer.method(this.number, 'basic.nack', args);
    }
    this.published++;
    this.unconfirmed.add(this);
  }

  private answer<Name extends MethodName>({ noWait }: { noWait: boolean }, name: Name, args: Arguments<Name>): void {
    if (!noWait) this.reply(name, args);
  }

  private reply<Name extends MethodName>(name: Name, args: Arguments<Name>): void {
    this.writer.method(this.number, name, args);
  }
}
