import type { ArgumentsHost } from '@nestjs/common';
import { throwError } from 'rxjs';
import { httpExchange } from '../http/exchange.ts';
import type { Exchange } from './exchange.ts';

/** All transports but HTTP: the server that called `handle` takes answers and errors as they are. */
const rpcExchange: Exchange = {
  input: (context) => context.getArgByIndex(0),
  answer: (_, answers) => answers,
  fail: (thrown) => throwError(() => thrown),
};

const EXCHANGES: Record<string, Exchange> = { http: httpExchange, rpc: rpcExchange };

export const exchangeOf = (host: ArgumentsHost): Exchange => EXCHANGES[host.getType()] ?? rpcExchange;
