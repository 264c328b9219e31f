import type { FactoryProvider, Type } from '@nestjs/common';
import { parseField } from '@fourfold/transport/parse-field';
import { RETRY_DELAYS } from '@fourfold/transport/transport';
import {
  getMetadataStorage,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Min,
  validateSync,
} from 'class-validator';

/** Where a service serves gRPC, as gRPC names a target: `127.0.0.1:50051`, `dns:///orders:50051`. */
export const IsGrpcTarget = () => Matches(/^(\w+:\/{0,3})?[^\s/]+:\d+$/, { message: '$property must be host:port' });

const DAY = 86_400_000;

/** Where `provideConfig` reads from: process.env, or what a test gives. */
export const ENVIRONMENT = Symbol('environment');
export type Environment = Record<string, string | undefined>;

/** A variable is missing or wrong: its message is one line that names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The environment that every service reads; each transport reads variables of its own (libs/transport). */
export class ServiceConfig {
  @IsIn(['development', 'test', 'production']) NODE_ENV = 'development';
  /** The address to listen on. */
  @IsString() HOST = '127.0.0.1';
  /** Goes in front of every queue, topic and group, so that runs on shared brokers never meet. */
  @IsString() MESSAGING_PREFIX = '';
  /**
   * Milliseconds after SIGTERM in which requests are still answered, so that load balancers can take the replica out: 5,000 in
   * production, else 0.
   */
  @IsOptional() @IsInt() @Min(0) SHUTDOWN_DELAY_MS?: number = undefined;
  /** Milliseconds that work in flight gets at shutdown. */
  @IsInt() @Min(0) SHUTDOWN_TIMEOUT_MS = 10_000;
  /** Calls that run at a time, at most: how many may at the moment is measured. */
  @IsInt() @Min(1) MAX_CALLS = 1000;
  /** Messages from brokers that are handled at once, of each queue and of all topics; without more connections to the database they only wait. */
  @IsInt() @Min(1) CONSUMER_CONCURRENCY = 10;
  /** Attempts in quick succession at a message that nobody waits for, if its failure may pass. */
  @IsInt() @Min(1) RETRY_ATTEMPTS = 5;
  /** Comma-separated milliseconds before each attempt that follows, while other messages go on. After the last one it is a dead letter. */
  @Matches(/^\d+(,\d+)*$/, { message: '$property must be milliseconds, with commas between' })
  RETRY_DELAYS_MS = RETRY_DELAYS.join(',');
  /** Milliseconds after which an attempt at such a message that has not ended has failed. */
  @IsInt() @Min(100) ATTEMPT_TIMEOUT_MS = 300_000;
  @IsOptional() @IsIn(['pretty', 'json']) LOG_FORMAT?: 'pretty' | 'json' = undefined;
  @IsIn(['error', 'warn', 'log', 'debug', 'verbose']) LOG_LEVEL: 'error' | 'warn' | 'log' | 'debug' | 'verbose' = 'log';
  /** Print what is mounted, at start: route, method, queue, topic -> handler, with its guards. */
  @IsBoolean() PRINT_MOUNTS = false;
}

/** What a service that stores its messages reads beside. */
export class MessagingConfig {
  /** Milliseconds after which a message that is not published yet makes the service not ready. */
  @IsInt() @Min(1000) OUTBOX_MAX_AGE_MS = 60_000;
  /** Milliseconds that published messages are kept. */
  @IsInt() @Min(1000) OUTBOX_RETENTION_MS = DAY;
  /** Milliseconds that it is known which messages were handled: longer than any of them may be delivered or redriven again. */
  @IsInt() @Min(1000) INBOX_RETENTION_MS = 7 * DAY;
  /** Milliseconds that the results of requests with an idempotency key are known. */
  @IsInt() @Min(1000) IDEMPOTENCY_RETENTION_MS = DAY;
}

/** What a service with a database reads beside. */
export class DatabaseConfig {
  /** `postgres://user:password@host:port/database`. */
  @Matches(/^postgres(ql)?:\/\/[^/\s]+\/\S+/, { message: 'DATABASE_URL must be postgres://host:port/database' })
  DATABASE_URL = '';
  /** Connections at most. */
  @IsInt() @Min(1) DATABASE_POOL_SIZE = 10;
  /** Milliseconds after which PostgreSQL ends a statement, also one that waits for a lock. Migrations have no limit. */
  @IsInt() @Min(100) DATABASE_STATEMENT_TIMEOUT_MS = 8000;
  /** Milliseconds after which PostgreSQL ends a transaction in which nothing happens, so that a frozen process keeps no lock. */
  @IsInt() @Min(100) DATABASE_IDLE_TRANSACTION_TIMEOUT_MS = 10_000;
  /** Apply migrations at start, under an advisory lock; otherwise `node dist/main.js --migrate` does. */
  @IsBoolean() MIGRATE_AT_START = false;
}

/**
 * Reads and checks variables by a class: its fields are the variables, its initial values the defaults. `why` says what a
 * missing one is needed for.
 */
export const loadConfig = <T extends object>(config: Type<T>, environment: Environment, why?: string): T => {
  const values = new config() as Record<string, unknown>;
  for (const name of variablesOf(config)) {
    const given = environment[name];
    if (given !== undefined && given !== '') values[name] = parseField(config, name, given);
    else if (values[name] === '' && name.endsWith('_URL')) values[name] = undefined;
  }
  const [error] = validateSync(values, { forbidUnknownValues: false });
  if (error?.value === undefined && error)
    throw new ConfigError(`${error.property} is not set${why ? `: ${why}` : ''}`);
  if (error) throw new ConfigError(Object.values(error.constraints ?? {}).join(', '));
  return values as T;
};

/** Provides a checked configuration: `provideConfig(OrdersConfig)`. */
export const provideConfig = <T extends object>(config: Type<T>): FactoryProvider<T> => ({
  provide: config,
  inject: [ENVIRONMENT],
  useFactory: (environment: Environment) => loadConfig(config, environment),
});

const variablesOf = (config: Type): Set<string> =>
  new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(config, '', false, false)
      .map(({ propertyName }) => propertyName),
  );
