import { Logger } from '@nestjs/common';
import { Metadata, status, type ServiceError as GrpcError, type StatusObject } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo } from '@fourfold/contracts/gen/google/rpc/error_details';
import { Status } from '@fourfold/contracts/gen/google/rpc/status';
import { type Code, HTTP_STATUS, ServiceError } from '@fourfold/contracts/service-error';
import { boundedError } from '../bounded-error.ts';
import { deadlineExceeded, messageTooLarge, unavailable, unknownOperation, notConnected } from '../errors.ts';

/** The richer error model of google.aip.dev/193: google.rpc.Status, binary. */
const DETAILS = 'grpc-status-details-bin';
const DOMAIN = 'fourfold';
const TYPE = 'type.googleapis.com/google.rpc.';
/** ErrorInfo metadata key of the HTTP status, if it differs from that of the code. */
const HTTP_STATUS_KEY = 'httpStatus';
/** ErrorInfo metadata key of how many violations are not listed: BadRequest has no field for it. */
const OMITTED_KEY = 'omittedViolations';

/** An error as a status whose trailers stay within 8 KiB. */
export const statusOf = (error: ServiceError): StatusObject => {
  const { code, reason, message, details } = boundedError(error);
  const { violations = [], omittedViolations, metadata = {}, httpStatus } = details;
  const info = {
    reason,
    domain: DOMAIN,
    metadata: {
      ...metadata,
      ...(httpStatus && { [HTTP_STATUS_KEY]: String(httpStatus) }),
      ...(omittedViolations && { [OMITTED_KEY]: String(omittedViolations) }),
    },
  };
  const fieldViolations = violations.map(({ path, rule, message: description }) => ({
    field: path,
    description,
    reason: rule,
  }));
  const packed = [{ typeUrl: `${TYPE}ErrorInfo`, value: Buffer.from(ErrorInfo.encode(info).finish()) }];
  if (fieldViolations.length)
    packed.push({ typeUrl: `${TYPE}BadRequest`, value: Buffer.from(BadRequest.encode({ fieldViolations }).finish()) });
  const trailer = new Metadata();
  trailer.set(DETAILS, Buffer.from(Status.encode({ code: status[code], message, details: packed }).finish()));
  return { code: status[code], details: message, metadata: trailer };
};

const logger = new Logger('grpc');

/** The error that a status was: whole if one of ours sent it, else its code. */
export const errorOfStatus = (
  { code, details: text, metadata: trailer }: GrpcError,
  operation: string,
): ServiceError => {
  const name = (status[code] ?? 'UNKNOWN') as Code;
  const [binary] = trailer?.get(DETAILS) ?? [];
  const details = binary instanceof Uint8Array ? detailsOf(binary) : undefined;
  if (details?.domain !== DOMAIN) return errorOfGrpc(name, text, operation);
  const { reason, metadata, violations } = details;
  const { [HTTP_STATUS_KEY]: httpStatus, [OMITTED_KEY]: omitted, ...facts } = metadata;
  return new ServiceError(name in HTTP_STATUS ? name : 'UNKNOWN', reason || name, text, {
    ...(violations.length && { violations }),
    ...(omitted && { omittedViolations: Number(omitted) }),
    ...(Object.keys(facts).length && { metadata: facts }),
    ...(httpStatus && { httpStatus: Number(httpStatus) }),
  });
};

/** Undefined if the bytes, which any service may have sent, are not what they should be. */
const detailsOf = (binary: Uint8Array) => {
  try {
    const { details } = Status.decode(binary);
    const unpack = (type: string) => details.find(({ typeUrl }) => typeUrl === TYPE + type)?.value ?? new Uint8Array();
    const violations = BadRequest.decode(unpack('BadRequest')).fieldViolations.map(
      ({ field, description, reason: rule }) => ({ path: field, rule, message: description }),
    );
    return { ...ErrorInfo.decode(unpack('ErrorInfo')), violations };
  } catch {
    return undefined;
  }
};

/**
 * What grpc-js itself or a foreign service has to say, in our words. Their text stays here, in the log: it may be an address, or
 * a trace of what happened inside of that service.
 */
const errorOfGrpc = (code: Code, text: string, operation: string): ServiceError => {
  if (code === 'DEADLINE_EXCEEDED') return deadlineExceeded(operation);
  if (code === 'UNIMPLEMENTED') return unknownOperation(operation);
  if (code === 'RESOURCE_EXHAUSTED' && / larger than max /.test(text)) return messageTooLarge();
  if (code === 'UNAVAILABLE' && /No connection established/.test(text)) return notConnected();
  if (code !== 'CANCELLED') logger.warn(`${operation} failed with ${code}: ${JSON.stringify(text)}`);
  if (code === 'UNAVAILABLE') return unavailable('the service is not available');
  return new ServiceError(code in HTTP_STATUS ? code : 'UNKNOWN', code, `${operation} failed with ${code}`);
};
