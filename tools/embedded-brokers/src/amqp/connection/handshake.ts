import { AmqpError, notAllowed } from '../errors.ts';
import { bool, type Field, longstr, type Table } from '../wire/fields.ts';
import type { Arguments } from '../wire/methods.ts';
import { Reader } from '../wire/reader.ts';

/** The protocol header (spec 4.2.2). */
export const PROTOCOL_HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
export const FRAME_MAX = 131_072;
const FRAME_MIN = 4096;
const CHANNEL_MAX = 2047;
const HEARTBEAT_SECONDS = 60;

/**
 * What the server says of itself. It calls itself RabbitMQ, because clients recognise by product and version what they speak
 * to: kombu, for instance, what `global` means in basic.qos. Services recognise this broker by `embedded`.
 */
const SERVER_PROPERTIES: Table = new Map<string, Field>([
  ['product', longstr('RabbitMQ')],
  ['version', longstr('4.0.0')],
  ['platform', longstr(`Node.js ${process.version}`)],
  ['copyright', longstr('The Fourfold authors')],
  ['information', longstr('Fourfold embedded: in memory, for development and tests only.')],
  ['embedded', bool(true)],
  [
    'capabilities',
    {
      type: 'table',
      value: new Map<string, Field>([
        ['publisher_confirms', bool(true)],
        ['exchange_exchange_bindings', bool(true)],
        ['basic.nack', bool(true)],
        ['consumer_cancel_notify', bool(true)],
        ['connection.blocked', bool(true)],
        ['consumer_priorities', bool(true)],
        ['authentication_failure_close', bool(true)],
        ['per_consumer_qos', bool(true)],
        ['direct_reply_to', bool(true)],
      ]),
    },
  ],
]);

/** connection.start (1.4.2.1) */
export const START: Arguments<'connection.start'> = {
  versionMajor: 0,
  versionMinor: 9,
  serverProperties: SERVER_PROPERTIES,
  mechanisms: Buffer.from('PLAIN AMQPLAIN'),
  locales: Buffer.from('en_US'),
};

/** connection.tune (1.4.2.5) */
export const TUNE: Arguments<'connection.tune'> = {
  channelMax: CHANNEL_MAX,
  frameMax: FRAME_MAX,
  heartbeat: HEARTBEAT_SECONDS,
};

/** Returns the user's name. Any user and password is accepted. */
export const userOf = ({ mechanism, response }: Arguments<'connection.start-ok'>): string => {
  if (mechanism === 'PLAIN') {
    // RFC 4616: authorization identity, user, password, with NUL between them
    const [, user, password] = response.toString().split('\0');
    if (user !== undefined && password !== undefined) return user;
  } else if (mechanism === 'AMQPLAIN') {
    const login = new Reader(response).entries().get('LOGIN');
    if (login) return String(login.value);
  } else throw new AmqpError('COMMAND_INVALID', `unknown authentication mechanism '${mechanism}'`);
  throw new AmqpError('SYNTAX_ERROR', `response to ${mechanism} is invalid`);
};

/** The name that a client gives its connection: https://www.rabbitmq.com/docs/connections#client-provided-names */
export const nameOf = ({ clientProperties }: Arguments<'connection.start-ok'>): string | undefined => {
  const name = clientProperties.get('connection_name');
  return name?.type === 'longstr' ? String(name.value) : undefined;
};

/** Whether the client announced a capability. */
export const isCapable = ({ clientProperties }: Arguments<'connection.start-ok'>, capability: string): boolean => {
  const capabilities = clientProperties.get('capabilities');
  return capabilities?.type === 'table' && capabilities.value.get(capability)?.value === true;
};

/** connection.tune-ok (1.4.2.6): the client may lower the proposed limits. */
export const expectTuned = ({ frameMax, channelMax }: Arguments<'connection.tune-ok'>): void => {
  expectWithin('frame_max', frameMax, FRAME_MIN, FRAME_MAX);
  expectWithin('channel_max', channelMax, 1, CHANNEL_MAX);
};

const expectWithin = (field: string, value: number, min: number, max: number): void => {
  const detail = value === 0 ? ' (no limit)' : '';
  if (value === 0 || value > max)
    throw notAllowed(`negotiated ${field} = ${value}${detail} is higher than the maximum allowed value (${max})`);
  if (value < min) throw notAllowed(`negotiated ${field} = ${value} is lower than the minimum allowed value (${min})`);
};
