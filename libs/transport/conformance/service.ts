import { setImmediate as nextTurn } from 'node:timers/promises';
import { Catch, Controller, Inject } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { type Code, ServiceError } from '@fourfold/contracts/service-error';
import { Observable } from 'rxjs';
import { currentMessage, type MessageContext } from '../src/context.ts';
import { ErrorFilter } from '../src/pipeline/error.filter.ts';
import { toServiceError } from '../src/errors.ts';
import { Implements } from '../src/handlers/implements.ts';
import { Input } from '../src/handlers/input.ts';
import type { Limiter } from '../src/limiter.ts';
import { On } from '../src/handlers/on.ts';
import type { Server } from '../src/transport.ts';
import { startApplication } from './application.ts';
import { brokenPart, ConformanceContract, CountDto, EchoDto, FailDto, JobDto, jobPosted, WaitDto } from './contract.ts';
import type { Reply } from './gen/conformance/v1/conformance.ts';

export interface Job {
  subject: string;
  number: number;
}

/** What a service of the suite does, and what it has seen. */
export class Work {
  readonly echoed: EchoDto[] = [];
  readonly calls: MessageContext[] = [];
  readonly jobs: Job[] = [];
  /** What was refused or failed, in the service itself. */
  readonly failures: ServiceError[] = [];
  /** How often `fail` was called. */
  failed = 0;
  streamsLeft = 0;
  /** How far the latest stream came. */
  counted = 0;
  /** Before an echo is answered. */
  beforeEcho: (input: EchoDto) => void | Promise<void> = () => {};
  /** What an echo is answered with. */
  answer: (input: EchoDto) => EchoDto = (input) => input;
  /** What `count` streams instead of numbers. */
  source?: (input: CountDto) => Observable<Reply> | AsyncIterable<Reply>;
  wait: (name: string) => void | Promise<void> = () => {};
  /** A job is done when this resolves. */
  job: (job: Job, attempt: MessageContext) => void | Promise<void> = () => {};
}

/** More than any transport has room for. */
const largeError = () =>
  new ServiceError('FAILED_PRECONDITION', 'IS_LARGE', 'Ungültig 🙂 '.repeat(10_000), {
    violations: Array.from({ length: 5000 }, (_, n) => ({
      path: `parts[${n}].name`,
      rule: 'isWhole',
      message: 'kaputt '.repeat(1000),
    })),
    metadata: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`fact-${n}`, 'größer '.repeat(1000)])),
    httpStatus: 409,
  });

@Implements(ConformanceContract)
class ConformanceController {
  constructor(@Inject(Work) private readonly work: Work) {}

  async echo(@Input() input: EchoDto): Promise<EchoDto> {
    this.work.calls.push(currentMessage()!);
    this.work.echoed.push(input);
    await this.work.beforeEcho(input);
    return this.work.answer(input);
  }
  fail(@Input() { how }: FailDto): Reply {
    this.work.failed++;
    if (how === 'broken part') throw brokenPart({ part: 'p-1' });
    if (how === 'large') throw largeError();
    if (how === 'bug') throw new Error('the password is hunter2');
    throw new ServiceError(how as Code, `IS_${how}`, how);
  }
  async wait(@Input() { name }: WaitDto): Promise<Reply> {
    this.work.calls.push(currentMessage()!);
    await this.work.wait(name);
    return { text: name, number: 0 };
  }
  count(@Input() { to, fails }: CountDto): Observable<Reply> | AsyncIterable<Reply> {
    if (this.work.source) return this.work.source({ to, fails });
    return new Observable((subscriber) => {
      void (async () => {
        await nextTurn(); // as late as a database would begin
        for (let number = 1; number <= to && !subscriber.closed; number++) {
          subscriber.next({ text: `${number}`, number });
          this.work.counted = number;
          if (number % 10 === 0) await nextTurn();
        }
        if (fails) subscriber.error(brokenPart({ part: `p-${to}` }));
        else subscriber.complete();
      })();
      return () => void this.work.streamsLeft++;
    });
  }
  async doJob(@Input() job: JobDto): Promise<void> {
    await this.work.job(job, currentMessage()!);
    this.work.jobs.push({ ...job });
  }
}

@Controller()
class ConformanceSubscriber {
  constructor(@Inject(Work) private readonly work: Work) {}

  @On(jobPosted)
  async heard(@Input() job: JobDto): Promise<void> {
    await this.work.job(job, currentMessage()!);
    this.work.jobs.push({ ...job });
  }
}

/** The filter of every transport, which also records the errors. */
@Catch()
class RecordingFilter extends ErrorFilter {
  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(Work) private readonly work: Work,
  ) {
    super(host);
  }
  override catch(...[thrown, host]: Parameters<ErrorFilter['catch']>) {
    this.work.failures.push(toServiceError(thrown));
    return super.catch(thrown, host);
  }
}

/** A running service. */
export interface Service {
  work: Work;
  /** Where its HTTP face is. */
  origin: string;
  server?: Server;
  close(): Promise<void>;
}

interface ServiceSettings {
  work?: Work;
  port?: number;
  heartbeat?: number;
  limiter?: Limiter;
}

export const startService = async (
  server: Server | undefined,
  { work = new Work(), port = 0, heartbeat, limiter }: ServiceSettings = {},
): Promise<Service> => {
  const providers = [
    { provide: Work, useValue: work },
    { provide: APP_FILTER, useClass: RecordingFilter },
  ];
  const controllers = [ConformanceController, ConformanceSubscriber];
  const servers = server ? [server] : [];
  const { http, origin } = await startApplication(controllers, servers, {
    providers,
    port: server ? 0 : port,
    heartbeat,
    limiter,
  });
  return { work, server, origin, close: () => http.close() };
};
