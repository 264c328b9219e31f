import type { Type } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { grpc } from '@fourfold/transport/grpc';
import { http } from '@fourfold/transport/http';
import { rabbitmq } from '@fourfold/transport/rabbitmq';
import { ConfigError, DatabaseConfig, loadConfig, ServiceConfig } from './config.ts';

class Limits {
  @IsInt() LIMIT = 10;
  @IsString() NAME = 'none';
}

describe('the configuration', () => {
  it('takes its defaults if a variable is absent or empty', () => {
    expect(loadConfig(Limits, { LIMIT: '' })).toEqual({ LIMIT: 10, NAME: 'none' });
  });
  it('reads text as what the field is', () => {
    expect(loadConfig(Limits, { LIMIT: '5', NAME: '5' })).toEqual({ LIMIT: 5, NAME: '5' });
    expect(loadConfig(ServiceConfig, { PRINT_MOUNTS: 'true' })).toMatchObject({ PRINT_MOUNTS: true });
    expect(loadConfig(grpc.config, { GRPC_PORT: '50051' })).toEqual({ GRPC_PORT: 50051 });
  });
  it.each([
    ['LIMIT', { LIMIT: 'many' }],
    ['HTTP_PORT', { HTTP_PORT: '70000' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.example/' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.example,' }],
    ['PROBLEM_TYPE_BASE', { PROBLEM_TYPE_BASE: 'problems' }],
    ['PRINT_MOUNTS', { PRINT_MOUNTS: 'yes' }],
    ['DATABASE_URL', {}],
  ])('names the variable that is wrong, in one line: %s', (name, environment) => {
    const configs: Record<string, Type> = {
      LIMIT: Limits,
      HTTP_PORT: http.config,
      CORS_ORIGINS: http.config,
      PROBLEM_TYPE_BASE: http.config,
      DATABASE_URL: DatabaseConfig,
    };
    const config = configs[name] ?? ServiceConfig;
    const load = () => loadConfig<object>(config, environment);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${name}[^\\n]+$`));
  });
  it('says why a variable is needed', () => {
    expect(() => loadConfig(rabbitmq.config, {}, 'orders publishes commands')).toThrow(
      'RABBITMQ_URL is not set: orders publishes commands',
    );
  });
});
