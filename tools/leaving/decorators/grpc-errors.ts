import { type ServiceError as GrpcError, status } from '@grpc/grpc-js';
import { ErrorInfo } from '@fourfold/contracts/gen/google/rpc/error_details';
import { Status } from '@fourfold/contracts/gen/google/rpc/status';
import { type Code, ServiceError } from '@fourfold/contracts/service-error';

/** Throws a gRPC error as the ServiceError that it was. Its reason, on which callers branch, is in `grpc-status-details-bin`. */
export const rethrow = ({ code, details: message, metadata: trailer }: GrpcError): never => {
  const [bytes = Buffer.alloc(0)] = trailer.get('grpc-status-details-bin');
  const packed = Status.decode(bytes as Buffer).details.find(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
  const { reason, metadata } = ErrorInfo.decode(packed?.value ?? new Uint8Array());
  const { httpStatus, ...facts } = metadata;
  const name = status[code] as Code;
  throw new ServiceError(name, reason || name, message, {
    metadata: facts,
    ...(httpStatus && { httpStatus: Number(httpStatus) }),
  });
};
