import { describe, expect, it } from 'vitest';
import { ServiceForTests, startStandIn } from './service-for-tests.ts';

const steps: string[] = [];
/** As `createService` of libs/service: it resolves before the service is ready. */
const createService = async ({ environment }: { environment?: Record<string, string> }) => ({
  app: environment,
  url: 'http://127.0.0.1:3001',
  addressOf: () => undefined,
  ready: Promise.resolve().then(() => void steps.push('ready')),
  stop: async () => void steps.push('stopped'),
});

describe('a service for the tests of a file', () => {
  const service = new ServiceForTests(() => startStandIn(createService, Object));
  const whileCollected = caught(() => service.url);

  it('is ready before the first test, on free ports', () => {
    expect(steps).toEqual(['ready']);
    expect(service.url).toBe('http://127.0.0.1:3001');
    expect(service.app).toMatchObject({ HTTP_PORT: '0', GRPC_PORT: '0' });
  });

  it('says how to get a gRPC address that it does not have', () => {
    expect(() => service.grpcUrl).toThrow("start it with transports: ['grpc']");
  });

  it('cannot be used before it has started', () => {
    expect(whileCollected).toMatchObject({ message: expect.stringContaining('has not started yet') });
  });
});

it('is stopped after the last test', () => {
  expect(steps).toEqual(['ready', 'stopped']);
});

function caught(use: () => unknown): unknown {
  try {
    return use();
  } catch (error) {
    return error;
  }
}
