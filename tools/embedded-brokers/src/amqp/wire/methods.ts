import { AmqpError, notImplemented } from '../errors.ts';
import type { Table } from './fields.ts';
import { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** Types of arguments (spec 4.2.5). Consecutive bits share an octet (4.2.5.2). */
interface Types {
  octet: number;
  short: number;
  long: number;
  longlong: number;
  bit: boolean;
  shortstr: string;
  longstr: Buffer;
  table: Table;
}

/**
 * The methods of AMQP 0-9-1, chapter 1, and RabbitMQ's additions. For each method: its section in the reference (or its
 * origin), the ids of class and method, and its arguments as `name:type`.
 */
const METHODS = {
  'connection.start':
    '1.4.2.1 10.10 versionMajor:octet versionMinor:octet serverProperties:table mechanisms:longstr locales:longstr',
  'connection.start-ok': '1.4.2.2 10.11 clientProperties:table mechanism:shortstr response:longstr locale:shortstr',
  'connection.secure': '1.4.2.3 10.20 challenge:longstr',
  'connection.secure-ok': '1.4.2.4 10.21 response:longstr',
  'connection.tune': '1.4.2.5 10.30 channelMax:short frameMax:long heartbeat:short',
  'connection.tune-ok': '1.4.2.6 10.31 channelMax:short frameMax:long heartbeat:short',
  'connection.open': '1.4.2.7 10.40 virtualHost:shortstr reserved1:shortstr reserved2:bit',
  'connection.open-ok': '1.4.2.8 10.41 reserved1:shortstr',
  'connection.close': '1.4.2.9 10.50 replyCode:short replyText:shortstr classId:short methodId:short',
  'connection.close-ok': '1.4.2.10 10.51',
  'connection.blocked': 'RabbitMQ 10.60 reason:shortstr',
  'connection.unblocked': 'RabbitMQ 10.61',
  'connection.update-secret': 'RabbitMQ 10.70 newSecret:longstr reason:shortstr',
  'connection.update-secret-ok': 'RabbitMQ 10.71',

  'channel.open': '1.5.2.1 20.10 reserved1:shortstr',
  'channel.open-ok': '1.5.2.2 20.11 reserved1:longstr',
  'channel.flow': '1.5.2.3 20.20 active:bit',
  'channel.flow-ok': '1.5.2.4 20.21 active:bit',
  'channel.close': '1.5.2.5 20.40 replyCode:short replyText:shortstr classId:short methodId:short',
  'channel.close-ok': '1.5.2.6 20.41',

  'access.request': '0-8 30.10 realm:shortstr exclusive:bit passive:bit active:bit write:bit read:bit',
  'access.request-ok': '0-8 30.11 ticket:short',

  'exchange.declare':
    '1.6.2.1 40.10 reserved1:short exchange:shortstr type:shortstr passive:bit durable:bit autoDelete:bit internal:bit noWait:bit arguments:table',
  'exchange.declare-ok': '1.6.2.2 40.11',
  'exchange.delete': '1.6.2.3 40.20 reserved1:short exchange:shortstr ifUnused:bit noWait:bit',
  'exchange.delete-ok': '1.6.2.4 40.21',
  'exchange.bind':
    'RabbitMQ 40.30 reserved1:short destination:shortstr source:shortstr routingKey:shortstr noWait:bit arguments:table',
  'exchange.bind-ok': 'RabbitMQ 40.31',
  'exchange.unbind':
    'RabbitMQ 40.40 reserved1:short destination:shortstr source:shortstr routingKey:shortstr noWait:bit arguments:table',
  'exchange.unbind-ok': 'RabbitMQ 40.51',

  'queue.declare':
    '1.7.2.1 50.10 reserved1:short queue:shortstr passive:bit durable:bit exclusive:bit autoDelete:bit noWait:bit arguments:table',
  'queue.declare-ok': '1.7.2.2 50.11 queue:shortstr messageCount:long consumerCount:long',
  'queue.bind':
    '1.7.2.3 50.20 reserved1:short queue:shortstr exchange:shortstr routingKey:shortstr noWait:bit arguments:table',
  'queue.bind-ok': '1.7.2.4 50.21',
  'queue.unbind': '1.7.2.5 50.50 reserved1:short queue:shortstr exchange:shortstr routingKey:shortstr arguments:table',
  'queue.unbind-ok': '1.7.2.6 50.51',
  'queue.purge': '1.7.2.7 50.30 reserved1:short queue:shortstr noWait:bit',
  'queue.purge-ok': '1.7.2.8 50.31 messageCount:long',
  'queue.delete': '1.7.2.9 50.40 reserved1:short queue:shortstr ifUnused:bit ifEmpty:bit noWait:bit',
  'queue.delete-ok': '1.7.2.10 50.41 messageCount:long',

  'basic.qos': '1.8.3.1 60.10 prefetchSize:long prefetchCount:short global:bit',
  'basic.qos-ok': '1.8.3.2 60.11',
  'basic.consume':
    '1.8.3.3 60.20 reserved1:short queue:shortstr consumerTag:shortstr noLocal:bit noAck:bit exclusive:bit noWait:bit arguments:table',
  'basic.consume-ok': '1.8.3.4 60.21 consumerTag:shortstr',
  'basic.cancel': '1.8.3.5 60.30 consumerTag:shortstr noWait:bit',
  'basic.cancel-ok': '1.8.3.6 60.31 consumerTag:shortstr',
  'basic.publish': '1.8.3.7 60.40 reserved1:short exchange:shortstr routingKey:shortstr mandatory:bit immediate:bit',
  'basic.return': '1.8.3.8 60.50 replyCode:short replyText:shortstr exchange:shortstr routingKey:shortstr',
  'basic.deliver':
    '1.8.3.9 60.60 consumerTag:shortstr deliveryTag:longlong redelivered:bit exchange:shortstr routingKey:shortstr',
  'basic.get': '1.8.3.10 60.70 reserved1:short queue:shortstr noAck:bit',
  'basic.get-ok':
    '1.8.3.11 60.71 deliveryTag:longlong redelivered:bit exchange:shortstr routingKey:shortstr messageCount:long',
  'basic.get-empty': '1.8.3.12 60.72 reserved1:shortstr',
  'basic.ack': '1.8.3.13 60.80 deliveryTag:longlong multiple:bit',
  'basic.reject': '1.8.3.14 60.90 deliveryTag:longlong requeue:bit',
  'basic.recover-async': '1.8.3.15 60.100 requeue:bit',
  'basic.recover': '1.8.3.16 60.110 requeue:bit',
  'basic.recover-ok': '1.8.3.17 60.111',
  'basic.nack': 'RabbitMQ 60.120 deliveryTag:longlong multiple:bit requeue:bit',

  'tx.select': '1.9.2.1 90.10',
  'tx.commit': '1.9.2.3 90.20',
  'tx.rollback': '1.9.2.5 90.30',

  'confirm.select': 'RabbitMQ 85.10 noWait:bit',
  'confirm.select-ok': 'RabbitMQ 85.11',
} as const;

type Methods = typeof METHODS;
export type MethodName = keyof Methods;
/** Turns `name:type name:type` into an object type. */
type Parsed<Args extends string> = Args extends `${infer Field} ${infer Rest}`
  ? Parsed<Field> & Parsed<Rest>
  : Args extends `${infer Name}:${infer Type extends keyof Types}`
    ? { [_ in Name]: Types[Type] }
    : {};
export type Arguments<Name extends MethodName> = Methods[Name] extends `${string} ${string} ${infer Args}`
  ? Parsed<Args>
  : {};
/** A received method, discriminated by its name. */
export type Call = { [Name in MethodName]: { name: Name; args: Arguments<Name> } }[MethodName];

const keyOf = (classId: number, methodId: number): number => classId * 2 ** 16 + methodId;
const known = Object.entries(METHODS).map(([name, line]) => {
  const [, id = '', ...args] = line.split(' ');
  const [classId, methodId] = id.split('.').map(Number) as [number, number];
  return {
    name: name as MethodName,
    classId,
    methodId,
    args: args.map((arg) => arg.split(':') as [string, keyof Types]),
  };
});
const byName = new Map(known.map((method) => [method.name, method]));
const byId = new Map(known.map((method) => [keyOf(method.classId, method.methodId), method]));

export const idOf = (name: MethodName): [classId: number, methodId: number] => {
  const { classId, methodId } = byName.get(name)!;
  return [classId, methodId];
};

/** The payload of a method frame (spec 4.2.4): class, method, arguments. */
export const readMethod = (payload: Buffer): Call => {
  if (payload.length < 4) throw new AmqpError('FRAME_ERROR', 'a method frame is too short');
  const reader = new Reader(payload);
  const classId = reader.short();
  const methodId = reader.short();
  const method = byId.get(keyOf(classId, methodId));
  if (!method) throw notImplemented(`method ${classId}.${methodId}`);
  const args: Record<string, unknown> = {};
  let bits = 0;
  let bit = 8;
  for (const [name, type] of method.args) {
    if (type !== 'bit') {
      bit = 8;
      args[name] = reader[type]();
      continue;
    }
    if (bit === 8) {
      bits = reader.octet();
      bit = 0;
    }
    args[name] = (bits & (1 << bit++)) !== 0;
  }
  if (!reader.done) throw new AmqpError('SYNTAX_ERROR', `${method.name} is longer than its arguments`);
  return { name: method.name, args } as Call;
};

export const writeMethod = <Name extends MethodName>(writer: Writer, name: Name, args: Arguments<Name>): void => {
  const method = byName.get(name)!;
  writer.short(method.classId);
  writer.short(method.methodId);
  let bits = 0;
  let bit = 0;
  for (const [field, type] of method.args) {
    const value = (args as Record<string, unknown>)[field];
    if (type === 'bit') {
      bits |= Number(value) << bit++;
      continue;
    }
    if (bit) writer.octet(bits);
    bits = bit = 0;
    (writer[type] as (value: unknown) => void).call(writer, value);
  }
  if (bit) writer.octet(bits);
};
