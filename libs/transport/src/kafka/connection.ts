import type { Logger } from '@nestjs/common';
import { KafkaLogger } from '@nestjs/microservices';
import { type KafkaConfig, logLevel, type logCreator } from 'kafkajs';
import { stopIdleSpin } from './kafkajs-fixes.ts';

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
  return {
    brokers,
    ssl,
    sasl,
    clientId,
    retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator: quietly(logger),
  };
};

/** Failures of these reach their caller, which says them once; kafkajs says each of its attempts as an error. */
const NOISY = ['Connection', 'BrokerPool', 'Cluster', 'Producer', 'Consumer'];

/** Nest's logger for kafkajs, without what is handled. KAFKAJS_LOG_LEVEL=DEBUG shows all. */
const quietly =
  (logger: Logger): logCreator =>
  (level) => {
    const log = KafkaLogger(logger);
    return (entry) => {
      const isNoise = NOISY.includes(entry.namespace) || /rebalancing/.test(entry.log.message);
      if (level === logLevel.DEBUG || !isNoise) log(entry);
    };
  };

/** Why it failed, on one line: what is at the bottom of it. */
export const causeOf = (thrown: unknown): string => {
  const { message, cause } = thrown as Error;
  return cause ? causeOf(cause) : message || String(thrown);
};
