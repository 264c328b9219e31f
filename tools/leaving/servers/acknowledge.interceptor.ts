import { type CallHandler, type ExecutionContext, Logger, type NestInterceptor } from '@nestjs/common';
import { RmqContext } from '@nestjs/microservices';
import { ServiceError } from '@fourfold/contracts/service-error';
import { catchError, map, type Observable, of, tap, timer } from 'rxjs';

const RETRY_DELAY_MS = 1000;

/** Acknowledges commands. One that fails is delivered again after a second; one that cannot succeed becomes a dead letter. */
export class AcknowledgeInterceptor implements NestInterceptor {
  private readonly logger = new Logger(AcknowledgeInterceptor.name);

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rmq: unknown = context.switchToRpc().getContext();
    if (!(rmq instanceof RmqContext)) return next.handle();
    const channel = rmq.getChannelRef();
    const message = rmq.getMessage();
    return next.handle().pipe(
      tap({ complete: () => channel.ack(message) }),
      catchError((thrown: unknown) => {
        this.logger.error(thrown);
        const isRetryable = !(thrown instanceof ServiceError) || thrown.code === 'UNAVAILABLE';
        const wait = isRetryable ? timer(RETRY_DELAY_MS) : of(0);
        return wait.pipe(map(() => channel.nack(message, false, isRetryable)));
      }),
    );
  }
}
