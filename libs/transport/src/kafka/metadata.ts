import type { Metadata } from '@fourfold/contracts/metadata';
import type { IHeaders } from 'kafkajs';

type Value = Buffer | string | null;

/**
 * Headers as they came, with all values of each. kafkajs 2.2.4 puts what objects inherit before the values of a header that is
 * named like it: `constructor`, `__proto__` (protocol/recordBatch/record/v0/decoder.js).
 */
export const valuesOf = (headers: IHeaders = {}): [name: string, values: Value[]][] =>
  Object.entries(headers).map(([name, value]) => [name, [value ?? null].flat().filter(isValue)]);

const isValue = (value: unknown): value is Value =>
  value === null || typeof value === 'string' || Buffer.isBuffer(value);

/** Metadata are Kafka headers, by their own names; of what came twice, the first. */
export const readMetadata = (headers: IHeaders = {}): Metadata =>
  Object.fromEntries(
    valuesOf(headers).flatMap(([name, [value]]) =>
      value === null || value === undefined ? [] : [[name, value.toString()]],
    ),
  );

export const writeMetadata = (metadata: Metadata): Record<string, string> => ({ ...metadata });
