import type { ArgumentsHost } from '@nestjs/common';
import { throwError } from 'rxjs';
import { httpContextType } from '../http/context-type.ts';
import type { ContextType } from './context-type.ts';

/** All transports but HTTP: the server that called `handle` takes answers and errors as they are. */
const rpcContextType: ContextType = {
  input: (context) => context.getArgByIndex(0),
  answer: (_, answers) => answers,
  fail: (thrown) => throwError(() => thrown),
};

const CONTEXT_TYPES: Record<string, ContextType> = { http: httpContextType, rpc: rpcContextType };

export const contextTypeOf = (host: ArgumentsHost): ContextType => CONTEXT_TYPES[host.getType()] ?? rpcContextType;
