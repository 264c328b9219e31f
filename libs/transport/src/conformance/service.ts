import { setImmediate as nextTurn } from 'node:timers/promises';
import { Catch, Controller, Inject, Logger, Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Code, ServiceError } from '@fourfold/contracts/service-error';
import { Observable } from 'rxjs';
import { type CallContext, currentCall } from '../context.ts';
import { ErrorFilter } from '../error.filter.ts';
import { toServiceError } from '../errors.ts';
import { Implements } from '../implements.ts';
import { Input } from '../input.ts';
import { On } from '../on.ts';
import { initTransports, listen, mountTransports, type TransportServer } from '../transports.ts';
import { brokenPart, ConformanceContract, CountDto, EchoDto, FailDto, JobDto, jobPosted, WaitDto } from './contract.ts';
import type { Reply } from './gen/conformance/v1/conformance.ts';

export interface Job {
  subject: string;
  number: number;
}

/** What a service of the suite does, and what it has seen. */
export class Work {
  readonly echoed: EchoDto[] = [];
  readonly calls: CallContext[] = [];
  readonly jobs: Job[] = [];
  /** What was refused or failed, in the service itself. */
  readonly failures: ServiceError[] = [];
  /** How often `fail` was called. */
  failed = 0;
  streamsLeft = 0;
  /** Before an echo is answered. */
  beforeEcho: (input: EchoDto) => void | Promise<void> = () => {};
  /** What an echo is answered with. */
  answer: (input: EchoDto) => EchoDto = (input) => input;
  wait: (name: string) => void | Promise<void> = () => {};
  /** A job is done when this resolves. */
  job: (job: Job, attempt: CallContext) => void | Promise<void> = () => {};
}

@Implements(ConformanceContract)
class ConformanceController {
  constructor(@Inject(Work) private readonly work: Work) {}

  async echo(@Input() input: EchoDto): Promise<EchoDto> {
    this.work.calls.push(currentCall()!);
    this.work.echoed.push(input);
    await this.work.beforeEcho(input);
    return this.work.answer(input);
  }
  fail(@Input() { how }: FailDto): Reply {
    this.work.failed++;
    if (how === 'broken part') throw brokenPart({ part: 'p-1' });
    if (how === 'bug') throw new Error('the password is hunter2');
    throw new ServiceError(how as Code, `IS_${how}`, how);
  }
  async wait(@Input() { name }: WaitDto): Promise<Reply> {
    this.work.calls.push(currentCall()!);
    await this.work.wait(name);
    return { text: name, number: 0 };
  }
  count(@Input() { to, fails }: CountDto): Observable<Reply> {
    return new Observable((subscriber) => {
      void (async () => {
        await nextTurn(); // as late as a database would begin
        for (let number = 1; number <= to && !subscriber.closed; number++) {
          subscriber.next({ text: `${number}`, number });
          if (number % 10 === 0) await nextTurn();
        }
        if (fails) subscriber.error(brokenPart({ part: `p-${to}` }));
        else subscriber.complete();
      })();
      return () => void this.work.streamsLeft++;
    });
  }
  async doJob(@Input() job: JobDto): Promise<void> {
    await this.work.job(job, currentCall()!);
    this.work.jobs.push({ ...job });
  }
}

@Controller()
class ConformanceSubscriber {
  constructor(@Inject(Work) private readonly work: Work) {}

  @On(jobPosted)
  async heard(@Input() job: JobDto): Promise<void> {
    await this.work.job(job, currentCall()!);
    this.work.jobs.push({ ...job });
  }
}

/** The filter of every transport, which keeps what it saw. */
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
  server?: TransportServer;
  close(): Promise<void>;
}

export const startService = async (
  server: TransportServer | undefined,
  { work = new Work(), port = 0 }: { work?: Work; port?: number } = {},
): Promise<Service> => {
  @Module({
    controllers: [ConformanceController, ConformanceSubscriber],
    providers: [
      { provide: Work, useValue: work },
      { provide: APP_FILTER, useClass: RecordingFilter },
    ],
  })
  class ConformanceModule {}
  Logger.overrideLogger(false);
  const options = { logger: false, abortOnError: false, bodyParser: false } as const;
  const app = await NestFactory.create<NestExpressApplication>(ConformanceModule, options);
  app.useBodyParser('json', { limit: '1mb', strict: false });
  mountTransports(app, server ? [server] : []);
  await app.listen(server ? 0 : port, '127.0.0.1');
  await initTransports(app);
  if (server) await listen(server);
  return { work, server, origin: await app.getUrl(), close: () => app.close() };
};
