import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { GrpcException, GrpcStatus } from '@nestjs/microservices';
import { ServiceError } from '@fourfold/contracts/service-error';
import { throwError } from 'rxjs';

/** A ServiceError becomes a status over gRPC, and problem details (RFC 9457) over HTTP. Nest knows neither. */
@Catch(ServiceError)
export class ServiceErrorFilter implements ExceptionFilter<ServiceError> {
  catch({ code, reason, message, httpStatus, details }: ServiceError, host: ArgumentsHost) {
    if (host.getType() === 'rpc') return throwError(() => new GrpcException(message, GrpcStatus[code]).getError());
    const { violations, metadata } = details;
    const problem = { title: reason, status: httpStatus, detail: message, code, reason, violations, metadata };
    return host.switchToHttp().getResponse().status(httpStatus).type('application/problem+json').send(problem);
  }
}
