import { RequestMapping, RequestMethod } from '@nestjs/common';
import { IsBoolean, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { replyJson } from '../pipeline/json.ts';
import type { Client, Transport } from '../transport.ts';
import type { CacheOptions } from './cache.ts';
import { sse } from './sse.ts';

export class HttpConfig {
  /** 0 takes a free port, as tests do. */
  @IsInt() @Min(0) @Max(65535) HTTP_PORT = 3000;
  /** Milliseconds that a connection without a request is kept: longer than a load balancer keeps it, which is often 60 s. */
  @IsInt() @Min(0) HTTP_KEEP_ALIVE_MS = 65_000;
  /** Milliseconds between two comments in an event stream: proxies cut a connection on which nothing comes. */
  @IsInt() @Min(100) HTTP_EVENTS_HEARTBEAT_MS = 15_000;
  /** In front of an error's reason, its `type`: `https://docs.example/problems#`. By default the service's own `/problems/`. */
  @IsOptional()
  @Matches(/^(https?:\/\/|\/)\S+$/, { message: '$property must be a URI or an absolute path' })
  PROBLEM_TYPE_BASE?: string = undefined;
  /** Origins whose pages may call, with commas between: `https://shop.example,http://127.0.0.1:8080`. */
  @Matches(/^(https?:\/\/[^\s,/]+(,(?=.)|$))*$/, { message: '$property must be origins, with commas between' })
  CORS_ORIGINS = '';
  /** Proxies whose `X-Forwarded-` header fields are true, with commas between: `127.0.0.1,10.0.0.0/8`. */
  @Matches(/^([\da-f.:]+(\/\d{1,3})?(,(?=.)|$))*$/i, { message: '$property must be addresses, with commas between' })
  TRUSTED_PROXIES = '';
  /** Compress answers of 1 kB and more; leave it to the proxy, if there is one. */
  @IsBoolean() HTTP_COMPRESSION = false;
}

/** Served by every service (libs/service). */
const OWN_CATALOGUE = '/problems/';

/** HTTP: a route for each operation that binds one; a server stream is Server-Sent Events. */
export const http: Transport<HttpConfig> = {
  config: HttpConfig,

  bind({ bindings, kind, response }) {
    if (!bindings.http) return undefined;
    const [verb, path] = bindings.http.split(' ') as ['GET', string];
    const decorator = RequestMapping({ method: RequestMethod[verb], path });
    if (kind !== 'stream') return { decorator };
    return { decorator, convert: (source) => sse(source, (message) => replyJson(response, message)) };
  },

  describe(controller, method) {
    const route = Reflect.getMetadata('path', method) as string | undefined;
    if (route === undefined) return [];
    const path = `/${Reflect.getMetadata('path', controller) ?? ''}/${route}`.replace(/\/+/g, '/');
    return [`${RequestMethod[Reflect.getMetadata('method', method)] ?? 'GET'} ${path.replace(/(.)\/$/, '$1')}`];
  },

  async createServer(config, { host, drainTimeout, limiter }) {
    const { HttpServer } = await import('./server.ts');
    const { HTTP_PORT: port, HTTP_KEEP_ALIVE_MS: keepAlive, HTTP_EVENTS_HEARTBEAT_MS: heartbeat } = config;
    const base = config.PROBLEM_TYPE_BASE;
    const problemTypes = { base: base ?? OWN_CATALOGUE, isComplete: base !== undefined };
    const corsOrigins = config.CORS_ORIGINS.split(',').filter(Boolean);
    const trustedProxies = config.TRUSTED_PROXIES.split(',').filter(Boolean);
    const { HTTP_COMPRESSION: compression } = config;
    return new HttpServer({
      host,
      port,
      keepAlive,
      heartbeat,
      problemTypes,
      corsOrigins,
      trustedProxies,
      compression,
      drainTimeout,
      limiter,
    });
  },
};

/**
 * Calls over HTTP; `origin` without a path: `http://127.0.0.1:3001`. With a `cache`, answers are kept as the server allows it
 * (RFC 9111): `{ cache: {} }`.
 */
export const httpClient = async (origin: string, { cache }: { cache?: CacheOptions } = {}): Promise<Client> => {
  const { HttpClient } = await import('./client.ts');
  if (!cache) return new HttpClient(origin);
  const { HttpCache } = await import('./cache.ts');
  return new HttpClient(origin, new HttpCache(cache));
};
