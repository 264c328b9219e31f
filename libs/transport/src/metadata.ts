/** Which metadata travel from a message to the messages that it causes. The names are in libs/contracts/src/metadata.ts. */
import { randomBytes } from 'node:crypto';
import { type Metadata, PROPAGATED } from '@fourfold/contracts/metadata';

/** Values that every wire carries unchanged: HTTP and gRPC allow printable ASCII only, and trim spaces. */
const VALUE = /^[!-~]([ -~]{0,8190}[!-~])?$/;

/** The metadata that the handler of a message sees: everything that came with it, in a new span of its trace. */
export const received = (metadata: Metadata): Metadata => nextSpan(metadata);

/** The same metadata if they have a trace, otherwise with a new one. */
export const traced = (metadata: Metadata): Metadata =>
  parse(metadata['traceparent']) ? metadata : nextSpan(metadata);

/** The metadata of a message that is caused by one with `incoming`, or by none; `own` is added. TypeError if no wire can carry it. */
export const propagate = (incoming: Metadata = {}, own: Metadata = {}): Metadata => {
  for (const [name, value] of Object.entries(own))
    if (!/^[a-z][a-z0-9-]*$/.test(name) || !VALUE.test(value))
      throw new TypeError(`metadata ${name}: names are lower case, values printable ASCII without spaces around them`);
  const known = Object.entries(incoming).filter(([name, value]) => PROPAGATED.has(name) && VALUE.test(value));
  return { ...nextSpan(Object.fromEntries(known)), ...own };
};

/** The trace id of a message, 32 hex digits. */
export const traceIdOf = ({ traceparent }: Metadata): string | undefined => parse(traceparent)?.traceId;

/** The same trace in a new span. Without a valid `traceparent` it is a new trace, and `tracestate` is dropped. */
const nextSpan = ({ traceparent, tracestate, ...others }: Metadata): Metadata => {
  const trace = parse(traceparent);
  const { traceId, flags } = trace ?? { traceId: randomHex(16), flags: SAMPLED };
  return {
    ...others,
    traceparent: `00-${traceId}-${randomHex(8)}-0${flags}`,
    ...(trace && tracestate && { tracestate }),
  };
};

/** The one flag that version 00 defines. */
const SAMPLED = 1;
const TRACEPARENT = /^([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(-.*)?$/;

/** W3C Trace Context, section 3.2: of a version later than 00, the fields of 00 are read; 0xff is invalid. */
const parse = (traceparent = ''): { traceId: string; flags: number } | undefined => {
  const [, version, traceId, flags, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (!traceId || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return { traceId, flags: Number.parseInt(flags!, 16) & SAMPLED };
};

let pool = Buffer.alloc(0);
let used = 0;

/** Random bytes as hex. Asking the system for each id would be a tenth of the CPU time of a message. */
const randomHex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    pool = randomBytes(4096);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
};
