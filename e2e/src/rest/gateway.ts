import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@fourfold/system/machine/free-ports';
import { toFile } from '@fourfold/system/printing/output';
import { AppProcess } from '@fourfold/system/processes/app-process';
import { untilReady } from '@fourfold/system/processes/ready';
import { ROOT } from '@fourfold/system/run';
import { apps, environmentOf } from '@fourfold/system/system';
import { addresses, mainOf } from '../addresses.ts';

/** One more gateway before the services of the running system, with an environment of its own. */
export const startGateway = async (
  environment: Record<string, string>,
): Promise<{ url: string; stop(): Promise<void> }> => {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const app = apps.find(({ name }) => name === 'gateway')!;
  const gateway = new AppProcess({
    name: 'gateway 2',
    folder: join(ROOT, 'apps/gateway'),
    main: mainOf('gateway'),
    environment: { ...environmentOf(app, addresses()), HTTP_PORT: String(port), ...environment },
    output: toFile(join(tmpdir(), `fourfold-e2e-${process.pid}-gateway-2.log`)),
  });
  gateway.start();
  await untilReady('gateway 2', url, 30_000, () => false);
  return { url, stop: () => gateway.stop() };
};
