import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { currentMessage } from '@fourfold/transport/context';
import { traceIdOf } from '@fourfold/transport/metadata';

const LEVELS: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

const NEST_START = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

export interface LoggerOptions {
  service: string;
  /** Readable lines or JSON, one object per line; by default readable on a terminal and JSON elsewhere. */
  format?: 'pretty' | 'json';
  level?: LogLevel;
}

/** Nest's logger, each line with its service and, within a call, its trace. */
export class ServiceLogger extends ConsoleLogger {
  private readonly service: string;

  constructor({ service, format = process.stdout.isTTY ? 'pretty' : 'json', level = 'log' }: LoggerOptions) {
    super({
      json: format === 'json',
      colors: format === 'pretty' && Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
      logLevels: LEVELS.slice(LEVELS.indexOf(level)),
    });
    this.service = service;
  }

  protected override getJsonLogObject(...args: Parameters<ConsoleLogger['getJsonLogObject']>) {
    const { pid: _pid, timestamp, ...rest } = super.getJsonLogObject(...args);
    return { time: new Date(timestamp).toISOString(), service: this.service, ...this.trace(), ...rest } as never;
  }

  protected override formatMessage(
    level: LogLevel,
    message: unknown,
    _pid: string,
    _formattedLevel: string,
    context: string,
    timestampDiff: string,
  ): string {
    const { traceId } = this.trace();
    const text = this.stringifyMessage(message, level);
    const time = new Date().toISOString().slice(11, 23);
    const trace = traceId ? ` trace=${traceId}` : '';
    return `${time} ${this.colorize(level.toUpperCase().padEnd(5), level)} ${context}${text}${timestampDiff}${trace}\n`;
  }

  /** Nest's log lines about its start are for debugging; PRINT_MOUNTS prints what is mounted. */
  override log(message: unknown, ...rest: unknown[]): void {
    if (NEST_START.has(String(rest.at(-1)))) this.debug(message, ...rest);
    else super.log(message, ...(rest as []));
  }

  private trace(): { traceId?: string } {
    const message = currentMessage();
    return message ? { traceId: traceIdOf(message.metadata) } : {};
  }
}
