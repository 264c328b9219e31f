import { inspect } from 'node:util';
import type { Logger } from '@nestjs/common';
import { type KafkaConfig, type LogEntry, logLevel, type logCreator } from 'kafkajs';
import { causeOf } from '../errors.ts';
import { addCodecs, stopIdleSpin } from './kafkajs-fixes.ts';

/** Where the brokers are, and how they let us in. */
export interface KafkaConnection extends Pick<KafkaConfig, 'ssl' | 'sasl'> {
  /** `127.0.0.1:9092`, one or several. */
  brokers: string[];
  /** In front of every topic and group name, so that systems can share brokers: MESSAGING_PREFIX. */
  prefix?: string;
}

/** What every connection of ours has in common. */
export const kafkaConfig = ({ brokers, ssl, sasl }: KafkaConnection, clientId: string, logger: Logger): KafkaConfig => {
  stopIdleSpin();
  addCodecs();
  return {
    brokers,
    ssl,
    sasl,
    clientId,
    // short waits: a broker that is back must be noticed soon
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 8 },
    connectionTimeout: 3000,
    authenticationTimeout: 5000,
    requestTimeout: 10_000, // a connection that is silent for so long is given up
    logLevel: logLevel.WARN,
    logCreator: quietly(logger),
  };
};

/** Failures of these reach their caller, which says them once; kafkajs says each of its attempts as an error. */
const NOISY = ['Connection', 'BrokerPool', 'Cluster', 'Producer', 'Consumer'];

/** Nest's logger for kafkajs, without what is handled. KAFKAJS_LOG_LEVEL=DEBUG shows all. */
const quietly =
  (logger: Logger): logCreator =>
  (level) =>
  (entry) => {
    const isNoise = NOISY.includes(entry.namespace) || /rebalancing/.test(entry.log.message);
    if (level === logLevel.DEBUG || !isNoise) logger[METHODS[entry.level] ?? 'debug'](lineOf(entry));
  };

const METHODS: Partial<Record<logLevel, 'error' | 'warn' | 'log'>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'log',
};

/** `Runner: Error when calling eachBatch (topic: orders, partition: 0)`: time and level are the logger's. */
const lineOf = ({ namespace, log: { message, timestamp: _, logger: __, stack: ___, ...rest } }: LogEntry): string => {
  const facts = Object.entries(rest).map(([name, value]) => `${name}: ${textOf(value)}`);
  const line = facts.length ? `${namespace}: ${message} (${facts.join(', ')})` : `${namespace}: ${message}`;
  return line.replace(/\s*\n\s*/g, ' ');
};

const textOf = (value: unknown): string => {
  if (value instanceof Error) return causeOf(value);
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity, compact: true });
};
