import type { Metadata } from '@fourfold/contracts/metadata';
import type { IHeaders } from 'kafkajs';

/** Metadata are Kafka headers, by their own names; of what came twice, the first. */
export const readMetadata = (headers: IHeaders = {}): Metadata =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const text = [value].flat()[0]?.toString();
      return text === undefined ? [] : [[name, text]];
    }),
  );

export const writeMetadata = (metadata: Metadata): Record<string, string> => ({ ...metadata });
