import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { shellEnvironment } from './shell-environment.ts';
import { Running } from './running.ts';

const start = (commandLine: string, input?: string) => new Running(commandLine, tmpdir(), shellEnvironment(), input);
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('ends with the exit code of the command, or of the first part that fails', async () => {
  expect(await start('true').ended).toBe(0);
  expect(await start('(exit 3) | cat; true').ended).toBe(3);
});

it('reads its input, and keeps what it printed, errors too', async () => {
  const running = start('cat; echo wrong >&2', 'given\n');
  await running.ended;
  expect(running.output.split('\n').toSorted()).toEqual(['', 'given', 'wrong']);
  expect(running.failure('went wrong').message).toContain('` went wrong:\ngiven');
});

it('waits for a line, as long as the command runs', async () => {
  const running = start('echo port 3000; sleep 0.1; echo ready');
  const [, port] = await running.until(/port (\d+)/);
  expect(port).toBe('3000');
  await running.until(/ready/);
  await expect(running.until(/never/)).rejects.toThrow('ended before it printed /never/:\nport 3000');
});

it.each(['sleep 1000 & echo child $!; wait', 'trap "" INT; (trap "" INT; sleep 1000) & echo child $!; wait'])(
  'leaves nothing behind of: %s',
  async (commandLine) => {
    const running = start(commandLine);
    const [, child] = await running.until(/child (\d+)/);
    await running.stop(200);
    await expect.poll(() => isAlive(Number(child))).toBe(false);
  },
);

it('the environment of a shell has no variables of the tools that started us', () => {
  const environment = {
    PATH: '/work/node_modules/.bin:/usr/bin',
    HOME: '/root',
    npm_config_registry: 'https://registry',
    npm_config_local_prefix: '/work',
    NX_TASK_HASH: '1',
    NODE_OPTIONS: '--inspect',
    NODE_EXTRA_CA_CERTS: '/ca',
  };
  expect(shellEnvironment(environment)).toMatchObject({
    PATH: '/usr/bin',
    HOME: '/root',
    npm_config_registry: 'https://registry',
    NODE_EXTRA_CA_CERTS: '/ca',
  });
  expect(Object.keys(shellEnvironment(environment))).not.toContain('NODE_OPTIONS');
  expect(Object.keys(shellEnvironment(environment)).filter((name) => /PREFIX|HASH/i.test(name))).toEqual([]);
});
