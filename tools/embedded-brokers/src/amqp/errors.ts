/** Reply codes (spec 1.2): name, code, and whether the error closes the connection (hard) or only the channel (soft). */
const REPLY_CODES = {
  NO_ROUTE: { code: 312, hard: false },
  CONNECTION_FORCED: { code: 320, hard: true },
  ACCESS_REFUSED: { code: 403, hard: false },
  NOT_FOUND: { code: 404, hard: false },
  RESOURCE_LOCKED: { code: 405, hard: false },
  PRECONDITION_FAILED: { code: 406, hard: false },
  FRAME_ERROR: { code: 501, hard: true },
  SYNTAX_ERROR: { code: 502, hard: true },
  COMMAND_INVALID: { code: 503, hard: true },
  CHANNEL_ERROR: { code: 504, hard: true },
  UNEXPECTED_FRAME: { code: 505, hard: true },
  NOT_ALLOWED: { code: 530, hard: true },
  NOT_IMPLEMENTED: { code: 540, hard: true },
  INTERNAL_ERROR: { code: 541, hard: true },
} as const;

export type ReplyName = keyof typeof REPLY_CODES;

const MAX_TEXT = 255; // a shortstr

/** An error for channel.close or connection.close: `NOT_FOUND - no queue 'q' in vhost '/'`. */
export class AmqpError extends Error {
  override readonly name = 'AmqpError';
  readonly code: number;
  readonly hard: boolean;
  readonly replyName: ReplyName;

  constructor(replyName: ReplyName, detail: string) {
    const text = `${replyName} - ${detail}`;
    super(Buffer.byteLength(text) > MAX_TEXT ? `${Buffer.from(text).subarray(0, 252).toString()}...` : text);
    this.replyName = replyName;
    this.code = REPLY_CODES[replyName].code;
    this.hard = REPLY_CODES[replyName].hard;
  }
}

/** Thrown where a fault takes the connection away. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export const notFound = (what: string): AmqpError => new AmqpError('NOT_FOUND', `no ${what}`);
export const accessRefused = (detail: string): AmqpError => new AmqpError('ACCESS_REFUSED', detail);
export const preconditionFailed = (detail: string): AmqpError => new AmqpError('PRECONDITION_FAILED', detail);
export const notImplemented = (detail: string): AmqpError => new AmqpError('NOT_IMPLEMENTED', detail);
export const notAllowed = (detail: string): AmqpError => new AmqpError('NOT_ALLOWED', detail);
export const channelError = (detail: string): AmqpError => new AmqpError('CHANNEL_ERROR', detail);
export const unexpectedFrame = (detail: string): AmqpError => new AmqpError('UNEXPECTED_FRAME', detail);

export const resourceLocked = (what: string): AmqpError =>
  new AmqpError(
    'RESOURCE_LOCKED',
    `cannot obtain exclusive access to locked ${what}. It could be originally declared on another connection or the ` +
      'exclusive property value does not match that of the original declaration.',
  );

/** 405: basic.get on a quorum queue with a single active consumer. */
export const getUnsupported = (what: string): AmqpError =>
  new AmqpError(
    'RESOURCE_LOCKED',
    `cannot obtain access to locked ${what}. basic.get operations are not supported by quorum queues with single ` +
      'active consumer',
  );

/** 406: an argument or property of a declaration differs from the existing one. */
export const inequivalent = (key: string, what: string, received: string, current: string): AmqpError =>
  preconditionFailed(`inequivalent arg '${key}' for ${what}: received ${received} but current is ${current}`);
