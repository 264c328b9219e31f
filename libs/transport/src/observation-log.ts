import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Logger } from '@nestjs/common';
import { causeOf } from './errors.ts';
import { type Observation, OBSERVATIONS } from './observation.ts';

/** Writes a log line for each observation that an operator wants to see. Once per process, however often it is called. */
export const logObservations = (): void => {
  unsubscribe(OBSERVATIONS, write);
  subscribe(OBSERVATIONS, write);
};

const write = (message: unknown): void => {
  const observation = message as Observation;
  const line = LINES[observation.event];
  if (line) line(observation, new Logger(observation.transport));
};

const LINES: Partial<Record<Observation['event'], (observation: Observation, logger: Logger) => void>> = {
  failed({ error, isUnexpected }, logger) {
    if (isUnexpected) logger.error(error!.cause ?? error);
  },
  retried({ place, attempts, error }, logger) {
    logger.debug(`${place}: attempt ${attempts} failed: ${causeOf(error)}; retrying`);
  },
  parked({ place, attempts, error }, logger) {
    if (error) logger.warn(`${place} failed ${attempts} times, further attempts follow: ${textOf(error)}`);
    else logger.debug(`${place} waits for earlier messages of its key`);
  },
  'park-failed'({ place, error }, logger) {
    logger.error(`${place} could not be kept for later attempts: ${causeOf(error)}; retrying`);
  },
  paused({ operation, error }, logger) {
    logger.warn(`${operation} is paused, its messages wait with the broker: ${causeOf(error)}`);
  },
  resumed({ operation, duration }, logger) {
    logger.log(`${operation} goes on after a pause of ${Math.round(duration! / 1000)} s`);
  },
  'dead-lettered'({ place, attempts, error }, logger) {
    logger.warn(`${place} became a dead letter after ${attempts} attempts: ${textOf(error!)}`);
  },
  'dead-letter-failed'({ place, error }, logger) {
    logger.error(`${place} could not become a dead letter: ${causeOf(error)}; retrying`);
  },
  skipped({ operation, place }, logger) {
    logger.debug(`${place}: no handler for ${operation}, skipped`);
  },
  connected({ place }, logger) {
    logger.log(`connected to ${place}`);
  },
  lost({ place, error }, logger) {
    logger.warn(`lost the connection to ${place}: ${causeOf(error)}; reconnecting`);
  },
  unreachable({ place, error }, logger) {
    logger.warn(`cannot connect to ${place}: ${causeOf(error)}; retrying`);
  },
  blocked({ place, error }, logger) {
    logger.warn(`${place} takes no messages for now: ${causeOf(error)}`);
  },
};

/** `INVALID_ARGUMENT INVALID_INPUT: invalid input: …` */
const textOf = ({ message, ...error }: Error & { code?: string; reason?: string }): string =>
  error.code ? `${error.code} ${error.reason}: ${message}` : message;
