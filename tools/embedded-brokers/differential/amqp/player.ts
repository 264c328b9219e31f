import { setTimeout as sleep } from 'node:timers/promises';
import amqp, { type Channel, type ChannelModel, type ConfirmChannel, type Message } from 'amqplib';
import { EXCHANGES, Names, QUEUES, REPLY_TO } from './names.ts';
import type { Step } from './step.ts';

/** The channels of each connection. When it closes, messages returned by one may or may not still reach another. */
const CHANNELS = [[0, 1], [2]];

/** What a client saw of one step: the call's result, and what arrived before all was quiet again. */
export interface Seen {
  step: Step;
  result: unknown;
  /** By consumer or channel, in order of arrival. The order between consumers is undefined. */
  arrived: Record<string, unknown[]>;
}

interface Unsettled {
  message: Message;
  source: string;
}

interface Open {
  channel: Channel | ConfirmChannel;
  unsettled: Unsettled[];
  closed: boolean;
}

/** Performs the steps of one script on one broker. */
export class Player {
  private readonly models: (ChannelModel | undefined)[] = [];
  private readonly channels: (Open | undefined)[] = [];
  private arrived: Record<string, unknown[]> = {};
  private arrivals = 0;
  private replyAddress?: string;
  private readonly url: string;
  private readonly names: Names;
  private readonly quiet: number;

  constructor(url: string, prefix: string, quiet: number) {
    this.url = url;
    this.names = new Names(prefix);
    this.quiet = quiet;
  }

  async play(step: Step): Promise<Seen> {
    const result = await this.perform(step).catch((thrown: Error) => ({ thrown: this.names.clean(thrown.message) }));
    await this.settled();
    const { arrived } = this;
    this.arrived = {};
    for (const [connection, channels] of CHANNELS.entries())
      if (arrived[`connection ${connection}`] || (step.op === 'closeConnection' && step.connection === connection))
        for (const source of Object.keys(arrived)) if (channels.includes(Number(source[0]))) delete arrived[source];
    return { step, result, arrived };
  }

  /** Gets the remaining messages of a queue. */
  async drain(queue: string): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (;;) {
      const last = await this.play({ op: 'get', channel: 0, queue, noAck: true });
      seen.push(last);
      if (!last.result || 'thrown' in (last.result as object)) return seen;
    }
  }

  async close(): Promise<void> {
    const channel = await this.open(0).catch(() => undefined);
    for (const queue of [...QUEUES, 'q9']) await channel?.channel.deleteQueue(this.names.own(queue)).catch(() => {});
    for (const exchange of EXCHANGES) await channel?.channel.deleteExchange(this.names.own(exchange)).catch(() => {});
    for (const model of this.models) await model?.close().catch(() => {});
  }

  private async perform(step: Step): Promise<unknown> {
    if (step.op === 'closeConnection') return void (await this.models[step.connection]?.close());
    const open = await this.open(step.channel);
    const { channel, unsettled } = open;
    switch (step.op) {
      case 'declareQueue': {
        const { queue, ...counts } = await channel.assertQueue(
          this.names.own(step.queue),
          this.names.named(step.options),
        );
        return { queue: this.names.clean(queue), ...counts };
      }
      case 'declareExchange':
        return void (await channel.assertExchange(
          this.names.own(step.exchange),
          step.type,
          this.names.named(step.options),
        ));
      case 'checkQueue':
        return this.names.cleaned(await channel.checkQueue(this.names.own(step.queue)));
      case 'purge':
        return channel.purgeQueue(this.names.own(step.queue));
      case 'deleteQueue':
        return channel.deleteQueue(this.names.own(step.queue), step.options);
      case 'checkExchange':
        return void (await channel.checkExchange(this.names.own(step.exchange)));
      case 'deleteExchange':
        return void (await channel.deleteExchange(this.names.own(step.exchange), step.options));
      case 'bind':
        return void (await channel.bindQueue(
          this.names.own(step.queue),
          this.names.own(step.exchange),
          this.names.own(step.key),
          step.args,
        ));
      case 'unbind':
        return void (await channel.unbindQueue(
          this.names.own(step.queue),
          this.names.own(step.exchange),
          this.names.own(step.key),
          step.args,
        ));
      case 'bindExchange':
        return void (await channel.bindExchange(
          this.names.own(step.destination),
          this.names.own(step.source),
          step.key,
          step.args,
        ));
      case 'unbindExchange':
        return void (await channel.unbindExchange(
          this.names.own(step.destination),
          this.names.own(step.source),
          step.key,
          step.args,
        ));
      case 'publish':
        return this.publish(open, step);
      case 'reply':
        return this.send(open, '', this.replyAddress ?? `${REPLY_TO}.unknown`, step.body, {});
      case 'get':
        return this.get(open, step.queue, step.noAck);
      case 'consume':
        return this.consume(open, step);
      case 'cancel':
        return void (await channel.cancel(step.tag));
      case 'settle':
        return this.settle(open, step);
      case 'settleUnknown':
        return channel.ack({ fields: { deliveryTag: 4711 } } as Message);
      case 'recover':
        unsettled.length = 0;
        return void (await channel.recover());
      case 'closeChannel':
        return void (await channel.close());
      case 'prefetch':
        return void (await channel.prefetch(step.count));
    }
  }

  private async publish(
    open: Open,
    { exchange, key, body, options, wait }: Step & { op: 'publish' },
  ): Promise<unknown> {
    const result = await this.send(
      open,
      this.names.own(exchange),
      this.names.own(key),
      body,
      this.names.named(options),
    );
    await sleep(wait);
    return result;
  }

  private async send(open: Open, exchange: string, key: string, body: string, options: object): Promise<unknown> {
    if (!('waitForConfirms' in open.channel))
      return void open.channel.publish(exchange, key, Buffer.from(body), options);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    open.channel.publish(exchange, key, Buffer.from(body), options, (error) => resolve(error ? 'nacked' : 'confirmed'));
    return promise;
  }

  private async get(open: Open, queue: string, noAck: boolean): Promise<unknown> {
    const message = await open.channel.get(this.names.own(queue), { noAck });
    if (!message) return false;
    if (!noAck) open.unsettled.push({ message, source: '' });
    return this.described(message);
  }

  private async consume(open: Open, { channel, queue, options }: Step & { op: 'consume' }): Promise<unknown> {
    const source = `${channel} ${queue} ${options['consumerTag']}`;
    const { consumerTag } = await open.channel.consume(
      this.names.own(queue),
      (message) => {
        this.arrive(source, message && this.described(message));
        if (message && !options['noAck']) open.unsettled.push({ message, source });
      },
      options,
    );
    return this.names.clean(consumerTag);
  }

  /** Chooses a delivery independently of the order in which consumers were served. */
  private settle({ channel, unsettled }: Open, { which, how, multiple }: Step & { op: 'settle' }): unknown {
    if (!unsettled.length) return 'nothing to settle';
    const sources = new Set(unsettled.map(({ source }) => source));
    const ordered = unsettled.toSorted((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0));
    const all = multiple && sources.size > 1;
    const chosen = all ? unsettled.at(-1)! : ordered[which % ordered.length]!;
    const tag = chosen.message.fields.deliveryTag;
    const ended = unsettled.filter((each) => each === chosen || (multiple && each.message.fields.deliveryTag <= tag));
    for (const each of ended) unsettled.splice(unsettled.indexOf(each), 1);
    if (how === 'ack') channel.ack(chosen.message, multiple);
    else if (multiple || which % 2) channel.nack(chosen.message, multiple, how === 'requeue');
    else channel.reject(chosen.message, how === 'requeue');
    return ended.map(({ message }) => message.content.toString());
  }

  private async open(number: number): Promise<Open> {
    const known = this.channels[number];
    if (known && !known.closed) return known;
    const model = await this.model(CHANNELS.findIndex((channels) => channels.includes(number)));
    const channel = await (number === 1 ? model.createConfirmChannel() : model.createChannel());
    const open: Open = { channel, unsettled: [], closed: false };
    this.channels[number] = open;
    channel.on('error', (error: Error) => this.arrive(`channel ${number}`, this.described(error)));
    channel.on('close', () => (open.closed = true));
    channel.on('return', (message: Message) => this.arrive(`returns ${number}`, this.described(message)));
    return open;
  }

  private async model(number: number): Promise<ChannelModel> {
    const known = this.models[number];
    if (known) return known;
    const model = await amqp.connect(this.url);
    this.models[number] = model;
    model.on('error', (error: Error) => this.arrive(`connection ${number}`, this.described(error)));
    model.on('close', () => {
      this.models[number] = undefined;
      for (const channel of CHANNELS[number]!) if (this.channels[channel]) this.channels[channel].closed = true;
    });
    return model;
  }

  private arrive(source: string, what: unknown): void {
    this.arrivals++;
    (this.arrived[source] ??= []).push(what);
  }

  private async settled(): Promise<void> {
    for (let before = -1; before !== this.arrivals; await sleep(this.quiet)) before = this.arrivals;
  }

  private described(what: Message | Error): unknown {
    if (what instanceof Error) {
      const { message, code, classId, methodId } = what as Error & Record<string, unknown>;
      return { message: this.names.clean(message), code, classId, methodId };
    }
    const { exchange, routingKey, redelivered, messageCount, replyCode, replyText } = what.fields as unknown as Record<
      string,
      unknown
    >;
    const { replyTo } = what.properties;
    if (typeof replyTo === 'string' && replyTo.startsWith(`${REPLY_TO}.`)) this.replyAddress = replyTo;
    const { properties } = what;
    const fields = { exchange, routingKey, redelivered, messageCount, replyCode, replyText };
    return this.names.cleaned({ fields, properties, content: what.content.toString() });
  }
}
