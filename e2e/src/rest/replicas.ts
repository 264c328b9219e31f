/** A second process of each app beside those of the run, with the same databases and brokers. */
import { mkdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toFile } from '@fourfold/system/printing/output';
import { run, type System } from '@fourfold/system/run';
import { grpcVariable } from '@fourfold/system/system';
import { addresses, grpcTarget, mainOf } from '../addresses.ts';

export class Replicas {
  private constructor(private readonly system: System) {}

  /** Where the second gateway answers: `http://127.0.0.1:3000`. It calls both processes of a service in turn. */
  get origin(): string {
    return this.system.url('gateway');
  }

  static async start(): Promise<Replicas> {
    const { apps: _, ...servers } = addresses();
    const system: System = await run({
      fresh: true,
      servers,
      build: linkBuild,
      output: toFile(join(dirname(mainOf('gateway')), 'replicas.log')),
      environment: (app, environment) => ({
        ...environment,
        ...Object.fromEntries(
          app.calls.map((target) => {
            const both = [environment[grpcVariable(target)], grpcTarget(target)];
            return [grpcVariable(target), `ipv4:${both.join(',')}`];
          }),
        ),
      }),
    });
    return new Replicas(system);
  }

  stop(): Promise<void> {
    return this.system.stop();
  }
}

/** What was built for this run, once more. */
const linkBuild = async (_: string, folders: string[], into: string): Promise<void> => {
  await mkdir(into, { recursive: true });
  for (const app of folders.map((folder) => basename(folder)))
    await symlink(dirname(mainOf(app)), join(into, app), 'junction');
};
