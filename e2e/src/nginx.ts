/** A private nginx in front of several origins: a load balancer, or a cache. */
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@fourfold/system/machine/free-ports';
import { findProgram } from '@fourfold/system/machine/programs';
import { lastLine, supervise, type SupervisedProcess } from '@fourfold/system/processes/supervised-process';
import { portAnswers, untilAnswers } from '@fourfold/system/servers/answers';

const HOST = '127.0.0.1';

/** What it does with a request. Paths of files are relative to its folder. */
export interface Site {
  /** Directives of `http`. */
  http: string;
  /** The locations of its one server; `http://gateway` is any of the upstreams. */
  locations: string;
}

/** As a load balancer usually is. */
const BALANCER: Site = {
  // compressed, a stream is held back unless its answer says x-accel-buffering: no
  http: `
  gzip on;
  gzip_proxied any;
  gzip_types text/event-stream;`,
  locations: `
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }`,
};

export class Nginx {
  private constructor(
    readonly url: string,
    /** Where its configuration, access.log and error.log are. */
    readonly folder: string,
    private readonly process: SupervisedProcess,
  ) {}

  static readonly program: string | undefined = findProgram('nginx', ['/usr/sbin']);

  /** Throws if nginx is not installed. */
  static check(): string {
    if (!Nginx.program) throw new Error('nginx is not installed: apt-get install --no-install-recommends nginx');
    return Nginx.program;
  }

  /** `upstreams` are `host:port`. Resolves when it accepts connections. */
  static async before(upstreams: readonly string[], site: Site = BALANCER): Promise<Nginx> {
    const command = Nginx.check();
    const [port = 0] = await freePorts(1);
    const folder = await mkdtemp(join(tmpdir(), 'fourfold-nginx-'));
    await chmod(folder, 0o755); // if root starts it, its workers are another user
    const config = join(folder, 'nginx.conf');
    const log = join(folder, 'error.log');
    await writeFile(config, configOf(folder, port, upstreams, site));
    const process = supervise({ command, args: ['-c', config, '-p', folder, '-e', log, '-g', 'daemon off;'], log });
    await untilAnswers(() => portAnswers(HOST, port), 10_000, process.ended).catch(async () => {
      await process.stop();
      throw new Error(`nginx did not start: ${lastLine(log)}`);
    });
    return new Nginx(`http://${HOST}:${port}`, folder, process);
  }

  /** Its logs stay, to be read after a failure. */
  stop(): Promise<void> {
    return this.process.stop();
  }
}

/** A request that an upstream did not accept goes to the next one; a POST that was sent to one is never sent again. */
const configOf = (folder: string, port: number, upstreams: readonly string[], { http, locations }: Site): string => `
worker_processes 1;
pid ${folder}/nginx.pid;
events {
  worker_connections 1024;
}
http {
  log_format upstream '$msec $request_method $uri $status $request_time via $upstream_addr $upstream_status';
  access_log ${folder}/access.log upstream;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;${http}
  upstream gateway {
    # max_fails=0: a replica that was restarted gets requests at once; by default not for 10 s
    ${upstreams.map((upstream) => `server ${upstream} max_fails=0;`).join('\n    ')}
    keepalive 32;
  }
  server {
    listen ${HOST}:${port};${locations}
  }
}
`;
