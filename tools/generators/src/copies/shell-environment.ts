import { delimiter } from 'node:path';

/** Variables that npm, Nx, vitest and a debugger set for the processes that they start. */
const LEFT_BY_TOOLS =
  /^(npm_.*|NX_.*|VITEST.*|VITE_.*|NODE_(ENV|OPTIONS|PATH|V8_COVERAGE|CHANNEL_.*)|TEST|DEV|PROD|MODE|SSR|BASE_URL|INIT_CWD|FORCE_COLOR|SPECS|BROKERS|RABBITMQ_URL|KAFKA_BROKERS|DATABASE_URL)$/;
const OF_THE_USER = /^npm_config_(registry|cache|userconfig|proxy|https_proxy|noproxy|cafile)$/;

/** The environment of a user's fresh shell: the machine's own Node, and tools that print plain text and never prompt. */
export function shellEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => OF_THE_USER.test(name) || !LEFT_BY_TOOLS.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: environment['PATH']
      ?.split(delimiter)
      .filter((folder) => !/node_modules|node-gyp-bin/.test(folder))
      .join(delimiter),
    CI: 'true', // nobody can answer
    FORCE_COLOR: '0', // Nx would set it
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    NX_INTERACTIVE: 'false',
    NX_DEFAULT_OUTPUT_STYLE: 'static',
  };
}
