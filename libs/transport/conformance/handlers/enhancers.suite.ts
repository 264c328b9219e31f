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
import type { Parcel } from '@fourfold/testing/gen/parcels/v1/parcels';
import { GetParcelDto, ParcelsContract, SendParcelDto, WatchParcelDto } from '@fourfold/testing/parcels';
import { currentMessage } from '../../src/context.ts';
import { ErrorFilter } from '../../src/pipeline/error.filter.ts';
import { Implements } from '../../src/handlers/implements.ts';
import { Input } from '../../src/handlers/input.ts';
import type { Server } from '../../src/transport.ts';
import { startApplication } from '../application.ts';

/** Sends one sendParcel to the application, over one transport. */
export interface Sender {
  servers: Server[];
  /** Resolves when the message was handled or refused. */
  send(senderId: string, origin: string): Promise<void>;
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
  (_: unknown, context: ExecutionContext) => `${context.getType()} ${currentMessage()?.transport}`,
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
const imports = [ThrottlerModule.forRoot([{ limit: 1000, ttl: 60_000 }])];
const providers = [
  { provide: APP_GUARD, useClass: guard('global') },
  { provide: APP_INTERCEPTOR, useClass: interceptor('global') },
  { provide: APP_PIPE, useClass: pipe('global') },
  { provide: APP_FILTER, useClass: filter('global') },
];

export const enhancersSuite = (transport: string, open: () => Promise<Sender>): void => {
  describe(`over ${transport}`, () => {
    let app: INestApplication;
    let origin: string;
    let sender: Sender;
    const send = async (senderId: string) => {
      log = [];
      await sender.send(senderId, origin);
      return log;
    };

    beforeAll(async () => {
      sender = await open();
      ({ app, origin } = await startApplication([ParcelsController], sender.servers, { providers, imports }));
    });
    afterAll(async () => {
      await sender?.close();
      await app?.close();
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
        `via ${transport === 'http' ? 'http' : 'rpc'} ${transport}`,
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
      const seen = await send('x'.repeat(65));
      expect(seen).toContain('guard method');
      expect(seen.filter((entry) => entry.startsWith('handler'))).toEqual([]);
    });
  });
};
