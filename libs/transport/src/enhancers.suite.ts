/** One suite over every transport: guards, pipes, interceptors, filters and parameter decorators, at each level, act the same. */
import {
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  Catch,
  createParamDecorator,
  type ExecutionContext,
  Logger,
  Module,
  type NestInterceptor,
  type PipeTransform,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, NestFactory, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SkipThrottle, Throttle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { ServiceError } from '@fourfold/contracts/service-error';
import { of, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Parcel } from './conformance/gen/parcels/v1/parcels.ts';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from './conformance/parcels.ts';
import { currentCall } from './context.ts';
import { ErrorFilter } from './error.filter.ts';
import { Implements } from './implements.ts';
import { Input } from './input.ts';
import { initTransports, listen, mountTransports, type TransportServer } from './transports.ts';

/** A way to bring one sendParcel to the application and to know that it is done with it, whatever the outcome. */
export interface Bearer {
  servers: TransportServer[];
  /** Resolves when the message was handled or refused. */
  bring(senderId: string, app: NestExpressApplication): Promise<void>;
  close(): Promise<void>;
}

const LEVELS = ['global', 'class', 'method'] as const;
type Level = (typeof LEVELS)[number];

/** What happened to the message in hand, in order. */
let log: string[] = [];
const senderOf = (context: ExecutionContext): string =>
  context.getType() === 'http' ? context.switchToHttp().getRequest().body.senderId : context.getArgByIndex(0).senderId;

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
      return next.handle().pipe(tap((parcel: Parcel) => log.push(`interceptor ${level} saw ${parcel.senderId}`)));
    }
  };
const pipe = (level: Level) =>
  class implements PipeTransform {
    transform(value: any, { type }: ArgumentMetadata) {
      if (type === 'custom' && value?.senderId) log.push(`pipe ${level}`);
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
/** A guard of another package, told how to find its way without HTTP. */
class AnyTransportThrottlerGuard extends ThrottlerGuard {
  protected override getRequestResponse(context: ExecutionContext) {
    const request = { ip: senderOf(context), headers: {} };
    return { req: request, res: { header() {} } };
  }
}
const Via = createParamDecorator(
  (_: unknown, context: ExecutionContext) => `${context.getType()} ${currentCall()?.transport}`,
);

@Implements(ParcelsContract)
@UseGuards(guard('class'))
@UseInterceptors(interceptor('class'))
@UsePipes(pipe('class'))
@UseFilters(filter('class'))
@SkipThrottle()
class ParcelsController {
  @UseGuards(guard('method'), RolesGuard, AnyTransportThrottlerGuard)
  @UseInterceptors(interceptor('method'))
  @UsePipes(pipe('method'))
  @UseFilters(filter('method'))
  @SetMetadata('role', 'sender')
  @SkipThrottle({ default: false })
  @Throttle({ default: { limit: 2, ttl: 60_000 } })
  sendParcel(@Input() { senderId }: SendParcelDto, @Via() via: string): Parcel {
    log.push(`handler ${senderId}`, `via ${via}`);
    const [, level] = /^fails at (\w+)$/.exec(senderId) ?? [];
    if (level) throw new failures[level as Level]();
    return { parcelId: 'p-1', senderId, status: 'SENT', items: [] };
  }
  getParcel(@Input() { parcelId }: GetParcelDto): Parcel {
    return { parcelId, senderId: '', status: 'SENT', items: [] };
  }
  watchParcel(@Input() { parcelId }: WatchParcelDto) {
    return of<Parcel>({ parcelId, senderId: '', status: 'SENT', items: [] });
  }
}
@Module({
  imports: [ThrottlerModule.forRoot([{ limit: 1000, ttl: 60_000 }])],
  controllers: [ParcelsController],
  providers: [
    { provide: APP_GUARD, useClass: guard('global') },
    { provide: APP_INTERCEPTOR, useClass: interceptor('global') },
    { provide: APP_PIPE, useClass: pipe('global') },
    { provide: APP_FILTER, useClass: filter('global') },
  ],
})
class AppModule {}

export const enhancersSuite = (transport: string, open: () => Promise<Bearer>): void => {
  describe(`over ${transport}`, () => {
    let app: NestExpressApplication;
    let bearer: Bearer;
    const bring = async (senderId: string) => {
      log = [];
      await bearer.bring(senderId, app);
      return log;
    };

    beforeAll(async () => {
      Logger.overrideLogger(false);
      app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false, abortOnError: false });
      bearer = await open();
      mountTransports(app, bearer.servers);
      await app.listen(0, '127.0.0.1');
      await initTransports(app);
      await Promise.all(bearer.servers.map(listen));
    });
    afterAll(async () => {
      await bearer?.close();
      await app?.close();
    });

    it('everything runs, once, in the order global, class, method', async () => {
      expect(await bring('c-1')).toEqual([
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
        `via ${transport === 'http' ? 'http' : 'rpc'} ${transport}`,
        'interceptor method saw c-1',
        'interceptor class saw c-1',
        'interceptor global saw c-1',
      ]);
    });
    it.each(LEVELS)('a guard at the %s level keeps the handler from running', async (level) => {
      const seen = await bring(`denied by ${level}`);
      expect(seen).toContain(`guard ${level}`);
      expect(seen.filter((entry) => /^(interceptor|pipe|handler)/.test(entry))).toEqual([]);
    });
    it.each(LEVELS)('a filter at the %s level gets what the handler throws', async (level) => {
      const seen = await bring(`fails at ${level}`);
      expect(seen).toContain(`filter ${level}`);
      expect(seen.filter((entry) => entry.startsWith('filter')).every((entry) => entry === `filter ${level}`)).toBe(
        true,
      );
    });
    it("another package's guard finds its metadata on the handler", async () => {
      const passed: boolean[] = [];
      for (let attempt = 0; attempt < 3; attempt++)
        passed.push((await bring('throttled')).includes('handler throttled'));
      expect(passed).toEqual([true, true, false]);
    });
    it('validation comes before the handler', async () => {
      const seen = await bring('x'.repeat(65));
      expect(seen).toContain('guard method');
      expect(seen.filter((entry) => entry.startsWith('handler'))).toEqual([]);
    });
  });
};
