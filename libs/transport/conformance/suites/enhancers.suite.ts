/** One suite over every transport: guards, pipes, interceptors, filters and parameter decorators, at each level, act the same. */
import {
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  Catch,
  createParamDecorator,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { SkipThrottle, Throttle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { ServiceError } from '@fourfold/contracts/service-error';
import { of, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client.ts';
import { currentMessage } from '../../src/context.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import { propagate } from '../../src/metadata.ts';
import { ErrorFilter } from '../../src/pipeline/error.filter.ts';
import type { Client } from '../../src/transport.ts';
import { nextObservation, startApplication } from '../application.ts';
import { ConformanceClient, ConformanceContract, CountDto, EchoDto, FailDto, JobDto, WaitDto } from '../contract.ts';
import type { Driver, OpenDriver } from '../drivers/driver.ts';
import { EMPTY } from '../field-values.ts';
import { can } from '../transports.ts';

const LEVELS = ['global', 'class', 'method'] as const;
type Level = (typeof LEVELS)[number];

/** What happened to the message, in order. */
let log: string[] = [];
const senderOf = (context: ExecutionContext): string =>
  context.getType() === 'http'
    ? context.switchToHttp().getRequest().body.stringValue
    : context.getArgByIndex(0).stringValue;

const guard = (level: Level) =>
  class implements CanActivate {
    canActivate(context: ExecutionContext) {
      log.push(`guard ${level}`);
      return senderOf(context) !== `denied by ${level}`;
    }
  };
const interceptor = (level: Level) =>
  class implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler) {
      log.push(`interceptor ${level}`);
      return next.handle().pipe(tap((echo: EchoDto) => log.push(`interceptor ${level} saw ${echo.stringValue}`)));
    }
  };
const pipe = (level: Level) =>
  class implements PipeTransform {
    transform(value: any, { type }: ArgumentMetadata) {
      if (type === 'custom' && value?.stringValue) log.push(`pipe ${level}`);
      return value;
    }
  };
class Failure extends Error {}
const failures = {
  global: class extends Failure {},
  class: class extends Failure {},
  method: class extends Failure {},
};
const filter = (level: Level) => {
  @Catch(failures[level])
  class LevelFilter extends ErrorFilter {
    override catch(thrown: unknown, host: any) {
      log.push(`filter ${level}`);
      return super.catch(new ServiceError('ABORTED', 'FILTERED', String(thrown)), host);
    }
  }
  return LevelFilter;
};

/** Only what has the role may pass: a guard that reads metadata of the handler. */
class RolesGuard implements CanActivate {
  private readonly reflector = new Reflector();
  canActivate(context: ExecutionContext) {
    const role = this.reflector.getAllAndOverride<string>('role', [context.getHandler(), context.getClass()]);
    log.push(`role ${role}`);
    return true;
  }
}
/** A guard of another package that also works without HTTP. */
class AnyTransportThrottlerGuard extends ThrottlerGuard {
  protected override getRequestResponse(context: ExecutionContext) {
    const request = { ip: senderOf(context), headers: {} };
    return { req: request, res: { header() {} } };
  }
}
const Via = createParamDecorator(
  (_: unknown, context: ExecutionContext) => `${context.getType()} ${currentMessage()?.transport}`,
);

@Implements(ConformanceContract)
@UseGuards(guard('class'))
@UseInterceptors(interceptor('class'))
@UsePipes(pipe('class'))
@UseFilters(filter('class'))
@SkipThrottle()
class EnhancedController {
  @UseGuards(guard('method'), RolesGuard, AnyTransportThrottlerGuard)
  @UseInterceptors(interceptor('method'))
  @UsePipes(pipe('method'))
  @UseFilters(filter('method'))
  @SetMetadata('role', 'sender')
  @SkipThrottle({ default: false })
  @Throttle({ default: { limit: 2, ttl: 60_000 } })
  echo(@Input() input: EchoDto, @Via() via: string): EchoDto {
    const sender = input.stringValue;
    log.push(`handler ${sender}`, `via ${via}`);
    const [, level] = /^fails at (\w+)$/.exec(sender) ?? [];
    if (level) throw new failures[level as Level]();
    return input;
  }
  fail(@Input() _: FailDto) {
    return NO_REPLY;
  }
  wait(@Input() _: WaitDto) {
    return NO_REPLY;
  }
  count(@Input() _: CountDto) {
    return of(NO_REPLY);
  }
  doJob(@Input() _: JobDto) {}
}
const NO_REPLY = { text: '', number: 0 };
const imports = [ThrottlerModule.forRoot([{ limit: 1000, ttl: 60_000 }])];
const providers = [
  { provide: APP_GUARD, useClass: guard('global') },
  { provide: APP_INTERCEPTOR, useClass: interceptor('global') },
  { provide: APP_PIPE, useClass: pipe('global') },
  { provide: APP_FILTER, useClass: filter('global') },
];

export const enhancersSuite = (open: OpenDriver): void => {
  describe('enhancers', () => {
    let driver: Driver;
    let client: Client;
    let app: INestApplication;
    const send = async (stringValue: string, others: Partial<EchoDto> = {}) => {
      log = [];
      const input = { ...EMPTY, stringValue, ...others };
      if (can(driver.transport, 'call')) {
        await createClient(ConformanceClient, client, { timeout: 10_000 })
          .echo(input)
          .catch(() => {});
      } else {
        const operation = ConformanceContract.echo;
        const settled = nextObservation(operation.name, ['handled', 'failed']);
        await client.send!({ operation, input, deadline: Date.now() + 10_000, metadata: propagate() });
        await settled;
      }
      return log;
    };

    beforeAll(async () => {
      driver = await open();
      const server = driver.server?.({ retries: { attempts: 1, delays: [] } });
      const servers = server ? [server] : [];
      const started = await startApplication([EnhancedController], servers, { providers, imports });
      app = started.app;
      client = driver.client({ server, origin: started.origin });
    });
    afterAll(async () => {
      await app?.close();
      await driver?.close();
    });

    it('everything runs, once, in the order global, class, method', async () => {
      expect(await send('c-1')).toEqual([
        'guard global',
        'guard class',
        'guard method',
        'role sender',
        'interceptor global',
        'interceptor class',
        'interceptor method',
        'pipe global',
        'pipe class',
        'pipe method',
        'handler c-1',
        `via ${driver.transport === 'http' ? 'http' : 'rpc'} ${driver.transport}`,
        'interceptor method saw c-1',
        'interceptor class saw c-1',
        'interceptor global saw c-1',
      ]);
    });
    it.each(LEVELS)('a guard at the %s level keeps the handler from running', async (level) => {
      const seen = await send(`denied by ${level}`);
      expect(seen).toContain(`guard ${level}`);
      expect(seen.filter((entry) => /^(interceptor|pipe|handler)/.test(entry))).toEqual([]);
    });
    it.each(LEVELS)('a filter at the %s level gets what the handler throws', async (level) => {
      const seen = await send(`fails at ${level}`);
      expect(seen).toContain(`filter ${level}`);
      expect(seen.filter((entry) => entry.startsWith('filter')).every((entry) => entry === `filter ${level}`)).toBe(
        true,
      );
    });
    it("another package's guard finds its metadata on the handler", async () => {
      const passed: boolean[] = [];
      for (let attempt = 0; attempt < 3; attempt++)
        passed.push((await send('throttled')).includes('handler throttled'));
      expect(passed).toEqual([true, true, false]);
    });
    it('validation comes before the handler', async () => {
      const seen = await send('c-1', { part: { name: 'x'.repeat(21), count: 0 } });
      expect(seen).toContain('guard method');
      expect(seen.filter((entry) => entry.startsWith('handler'))).toEqual([]);
    });
  });
};
