/** Arguments as amqplib takes them. */
export type Args = Record<string, unknown>;

/** One call of a client. Channels 0 and 1 (1 with confirms) share a connection, channel 2 has its own. */
export type Step =
  | { op: 'declareQueue'; channel: number; queue: string; options: Args }
  | { op: 'declareExchange'; channel: number; exchange: string; type: string; options: Args }
  | { op: 'checkQueue' | 'purge'; channel: number; queue: string }
  | { op: 'deleteQueue'; channel: number; queue: string; options: Args }
  | { op: 'checkExchange'; channel: number; exchange: string }
  | { op: 'deleteExchange'; channel: number; exchange: string; options: Args }
  | { op: 'bind' | 'unbind'; channel: number; queue: string; exchange: string; key: string; args: Args }
  | {
      op: 'bindExchange' | 'unbindExchange';
      channel: number;
      destination: string;
      source: string;
      key: string;
      args: Args;
    }
  | { op: 'publish'; channel: number; exchange: string; key: string; body: string; options: Args; wait: number }
  | { op: 'get'; channel: number; queue: string; noAck: boolean }
  | { op: 'consume'; channel: number; queue: string; options: Args }
  | { op: 'cancel'; channel: number; tag: string }
  | { op: 'settle'; channel: number; which: number; how: 'ack' | 'requeue' | 'reject'; multiple: boolean }
  | { op: 'settleUnknown'; channel: number }
  | { op: 'recover' | 'closeChannel'; channel: number }
  | { op: 'prefetch'; channel: number; count: number }
  | { op: 'reply'; channel: number; body: string }
  | { op: 'closeConnection'; connection: number };
