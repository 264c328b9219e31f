import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadConfig, ServiceConfig } from '../config.ts';
import { longestShutdown, shutdownDelayOf } from './shutdown.ts';

/** Kubernetes' terminationGracePeriodSeconds, unless a pod states another. */
const KUBERNETES = 30_000;

it('takes less than the grace periods of Kubernetes and of compose.yaml, all limits added up', () => {
  const limit = longestShutdown(loadConfig(ServiceConfig, { NODE_ENV: 'production' }));
  expect(limit).toBeLessThan(KUBERNETES);
  const compose = readFileSync(new URL('../../../../docker/compose.yaml', import.meta.url), 'utf8');
  const [, seconds] = /^x-app:.*?stop_grace_period: (\d+)s$/ms.exec(compose)!; // of all apps
  expect(limit).toBeLessThan(Number(seconds) * 1000);
});

it('waits for load balancers in production alone, unless it is told', () => {
  expect(shutdownDelayOf(loadConfig(ServiceConfig, { NODE_ENV: 'production' }))).toBe(5000);
  expect(shutdownDelayOf(loadConfig(ServiceConfig, {}))).toBe(0);
  expect(shutdownDelayOf(loadConfig(ServiceConfig, { SHUTDOWN_DELAY_MS: '700' }))).toBe(700);
});
