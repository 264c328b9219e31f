import { runInContext } from '@fourfold/transport/context';
import { afterEach, expect, it, vi } from 'vitest';
import { ServiceLogger } from './logger.ts';

const written: string[] = [];
vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
afterEach(() => written.splice(0));
const context = {
  transport: 'http' as const,
  metadata: { traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01' },
  receivedAt: 0,
  signal: new AbortController().signal,
};

it('writes one JSON object a line, with service and, within a call, trace', () => {
  const logger = new ServiceLogger({ service: 'orders', format: 'json' });
  runInContext(context, () => logger.log('placed', 'OrdersService'));
  expect(JSON.parse(written.join(''))).toMatchObject({
    service: 'orders',
    traceId: '0123456789abcdef0123456789abcdef',
    level: 'log',
    context: 'OrdersService',
    message: 'placed',
  });
});
it('writes readable lines', () => {
  const logger = new ServiceLogger({ service: 'orders', format: 'pretty' });
  runInContext(context, () => logger.log('placed', 'OrdersService'));
  expect(written.join('')).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} LOG +\[OrdersService\] placed trace=0123456789abcdef0123456789abcdef\n$/,
  );
});
it('leaves out what is below its level', () => {
  new ServiceLogger({ service: 'orders', format: 'json', level: 'warn' }).log('quiet');
  expect(written).toEqual([]);
});
