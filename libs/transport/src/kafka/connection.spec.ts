import type { Logger } from '@nestjs/common';
import { logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { kafkaConfig } from './connection.ts';

describe("kafkajs's log", () => {
  const lines: string[] = [];
  const keep = (method: string) => (line: string) => void lines.push(`${method} ${line}`);
  const logger = { error: keep('error'), warn: keep('warn'), log: keep('log'), debug: keep('debug') };
  const config = kafkaConfig({ brokers: [] }, 'spec', logger as unknown as Logger);
  const write = (level: logLevel, namespace: string, message: string, facts: object = {}, shown = logLevel.WARN) => {
    lines.length = 0;
    const log = { timestamp: new Date().toISOString(), logger: 'kafkajs', message, ...facts };
    config.logCreator!(shown)({ namespace, level, label: logLevel[level], log });
    return lines;
  };

  it('is one line, without the time and level that the logger adds', () => {
    const cause = new Error('ZSTD is\n  not implemented');
    const error = new Error('crash', { cause });
    const facts = { topic: 'orders', partition: 0, error, stack: error.stack, members: [{ id: 'a' }] };
    expect(write(logLevel.ERROR, 'Runner', 'Error when calling eachBatch', facts)).toEqual([
      "error Runner: Error when calling eachBatch (topic: orders, partition: 0, error: ZSTD is not implemented, members: [ { id: 'a' } ])",
    ]);
  });

  it('keeps its levels', () => {
    const levels = [logLevel.WARN, logLevel.INFO, logLevel.DEBUG];
    expect(levels.flatMap((level) => write(level, 'Runner', 'hello'))).toEqual([
      'warn Runner: hello',
      'log Runner: hello',
      'debug Runner: hello',
    ]);
  });

  it('leaves out what its caller says, unless all is asked for', () => {
    expect(write(logLevel.ERROR, 'Connection', 'refused')).toEqual([]);
    expect(write(logLevel.ERROR, 'Connection', 'refused', {}, logLevel.DEBUG)).toHaveLength(1);
  });
});
