import { Injectable } from '@nestjs/common';

type Check = () => boolean | Promise<boolean>;

/** Whether this process can do its work now, and what it waits for if not. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, Check>();
  private state: 'starting' | 'serving' | 'stopping' = 'starting';

  /** Work needs this: asked at every /readyz. */
  require(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** Whether business may be done: from the end of start on. */
  get isServing(): boolean {
    return this.state === 'serving';
  }
  serve(): void {
    this.state = 'serving';
  }
  stop(): void {
    this.state = 'stopping';
  }

  async report(): Promise<{ ready: boolean; state: string; checks: Record<string, boolean> }> {
    const results = [...this.checks].map(async ([name, check]) => [name, await succeeded(check)] as const);
    const checks = Object.fromEntries(await Promise.all(results));
    return { ready: this.isServing && Object.values(checks).every(Boolean), state: this.state, checks };
  }
}

const succeeded = async (check: Check): Promise<boolean> => {
  try {
    return await check();
  } catch {
    return false;
  }
};
