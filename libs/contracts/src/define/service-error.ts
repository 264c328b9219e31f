/** The codes of google.rpc.Code that a failure can have, with the HTTP status each becomes unless the error names its own. */
export const HTTP_STATUS = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
} as const;

/** A code of google.rpc.Code, by name. */
export type Code = keyof typeof HTTP_STATUS;

/** One rule that one field of the input breaks. */
export interface Violation {
  /** Where: `lines[0].quantity`, in JSON names; empty for the input as a whole. */
  path: string;
  /** Which rule, by class-validator's name: `isInt`, `min`. */
  rule: string;
  message: string;
}

/** What an error carries beside its code, reason and message. */
export interface ErrorDetails {
  violations?: Violation[];
  /** How many more violations there are than `violations` lists. */
  omittedViolations?: number;
  /** Facts for the caller to act on, as google.rpc.ErrorInfo has them. */
  metadata?: Record<string, string>;
  /** Overrides the status of the code over HTTP. */
  httpStatus?: number;
}

/**
 * An expected failure, the same over every transport and any number of hops.
 * HTTP: RFC 9457; gRPC: status and `grpc-status-details-bin` (ErrorInfo, BadRequest); RabbitMQ and Kafka: the HTTP form as JSON.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    readonly code: Code,
    /** Stable, UPPER_SNAKE_CASE: what callers branch on. */
    readonly reason: string,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** 100–599. */
  get httpStatus(): number {
    return this.details.httpStatus ?? HTTP_STATUS[this.code];
  }
}

/** An error of a service's catalogue: makes it, and tells whether a failure is it. */
export interface ErrorType<Facts> {
  (facts: Facts): ServiceError;
  readonly reason: string;
  matches(thrown: unknown): thrown is ServiceError;
}

/** An error as `defineError` was told. */
export interface DefinedError {
  readonly code: Code;
  readonly reason: string;
  readonly httpStatus?: number;
  readonly describe: (facts: any) => { message: string };
}

/** Every error that is defined in a module of this process, by its reason: the catalogue that clients can read. */
export const definedErrors = new Map<string, DefinedError>();

/** Declares an expected failure by name, beside the contract that it belongs to. */
export const defineError = <Facts extends object = Record<string, never>>(
  code: Code,
  reason: string,
  describe: (facts: Facts) => { message: string } & Omit<ErrorDetails, 'httpStatus'>,
  options: { httpStatus?: number } = {},
): ErrorType<Facts> => {
  definedErrors.set(reason, { code, reason, describe, ...options });
  const create = (facts: Facts) => {
    const { message, ...details } = describe(facts);
    return new ServiceError(code, reason, message, { ...details, ...options });
  };
  return Object.assign(create, {
    reason,
    matches: (thrown: unknown): thrown is ServiceError => thrown instanceof ServiceError && thrown.reason === reason,
  });
};
