/** A second process of every app, beside those of the system, over the same servers. */
import { join } from 'node:path';
import { freePorts } from '@fourfold/system/machine/free-ports';
import type { Output } from '@fourfold/system/printing/output';
import { AppProcess } from '@fourfold/system/processes/app-process';
import { untilReady } from '@fourfold/system/processes/ready';
import { ROOT } from '@fourfold/system/run';
import { type App, apps, grpcVariable, HOST } from '@fourfold/system/system';

interface Replica {
  process: AppProcess;
  url: string;
}

export class SecondReplicas {
  private readonly environments = new Map<string, Record<string, string>>();
  private readonly replicas = new Map<string, Replica>();
  private constructor(private readonly ports: ReadonlyMap<string, { http: number; grpc: number }>) {}

  /** Only chooses their ports: start() runs them. */
  static async allocate(): Promise<SecondReplicas> {
    const free = await freePorts(2 * apps.length);
    return new SecondReplicas(
      new Map(apps.map(({ name }, index) => [name, { http: free[2 * index]!, grpc: free[2 * index + 1]! }])),
    );
  }

  /** The environment of the first replica of an app, changed so that it calls both replicas of other apps. */
  environmentOf(app: App, environment: Record<string, string>): Record<string, string> {
    const targets = app.calls.map((target) => {
      const variable = grpcVariable(target);
      return [variable, `ipv4:${environment[variable]},${HOST}:${this.ports.get(target)!.grpc}`];
    });
    const changed = { ...environment, ...Object.fromEntries(targets) };
    this.environments.set(app.name, changed);
    return changed;
  }

  /** Starts them in the environments of the first replicas; resolves when all are ready. */
  async start(output: Output): Promise<void> {
    for (const { name } of apps) {
      const { http, grpc } = this.ports.get(name)!;
      const first = this.environments.get(name)!;
      const environment = {
        ...first,
        HTTP_PORT: String(http),
        ...(first['GRPC_PORT'] && { GRPC_PORT: String(grpc) }),
        NODE_COMPILE_CACHE: join(ROOT, '.system/compile-cache'),
      };
      const folder = join(ROOT, 'apps', name);
      const process = new AppProcess({ name: `${name} 2`, folder, environment, output });
      this.replicas.set(name, { process, url: `http://${HOST}:${http}` });
      process.start();
    }
    await Promise.all(apps.map(({ name }) => this.untilReady(name)));
  }

  url(app: string): string {
    return this.replicas.get(app)!.url;
  }

  /** Resolves when it is ready again. */
  async restart(app: string): Promise<void> {
    await this.replicas.get(app)!.process.restart();
    await this.untilReady(app);
  }

  signal(app: string, signal: NodeJS.Signals): void {
    this.replicas.get(app)!.process.signal(signal);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.replicas.values()].map(({ process }) => process.stop()));
  }

  private untilReady(app: string): Promise<void> {
    return untilReady(`${app} 2`, this.url(app), 60_000, () => false);
  }
}
