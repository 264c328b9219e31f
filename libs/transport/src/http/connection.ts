import type { IncomingMessage as Request, Server as NodeServer, ServerResponse as Response } from 'node:http';
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { ServiceError } from '@fourfold/contracts/service-error';
import { messageTooLarge, ofStatus } from '../errors.ts';
import { observe } from '../observation.ts';
import { headersOf, isAnswered, refuse } from './answer.ts';
import { httpProblemOf, type ProblemTypes, setProblemTypes } from './problem.ts';

/** What Node's parser says (https://nodejs.org/api/http.html#event-clienterror, and llhttp's names). */
interface ParseError extends NodeJS.ErrnoException {
  /** The bytes that it was given last. */
  rawPacket?: Buffer;
}

/** The request on each connection that is not answered yet. */
const current = new WeakMap<Socket, Response>();

/** Remembers which request a connection carries. */
export const enterConnection = ({ socket }: Request, response: Response): void => {
  current.set(socket, response);
};

/** What Node answers by itself, or with nothing but a closed connection, is answered with a problem document. */
export const answerBrokenRequests = (server: NodeServer, types: ProblemTypes | undefined): void => {
  server.on('connection', (socket) => setProblemTypes(socket, types));
  server.on('clientError', (error: ParseError, socket) => breakOff(socket as Socket, errorOf(error)));
  server.on('connect', (_, socket) => breakOff(socket as Socket, ofStatus(501, 'no resource has the method CONNECT')));
  // an option of http.createServer, which Nest's adapter calls (seen in Node 24): the gate refuses what has no host
  (server as NodeServer & { requireHostHeader: boolean }).requireHostHeader = false;
};

/** Milliseconds that the client gets to read why. */
const LINGER = 1000;

const breakOff = (socket: Socket, error: ServiceError | undefined): void => {
  const response = current.get(socket);
  if (!error || !socket.writable) return void socket.destroy();
  observe({ event: 'failed', transport: 'http', error, isUnexpected: false });
  if (!response || response.writableFinished || response.destroyed) return write(socket, error);
  response.once('finish', () => socket.destroySoon());
  if (isAnswered(response)) return void response.end();
  // of a request that was read, what is broken is what follows
  if (response.req.complete || response.writableEnded) return;
  if (response.headersSent) socket.destroy();
  else refuse(response, error, { connection: 'close' });
};

const write = (socket: Socket, error: ServiceError): void => {
  const { httpStatus } = error;
  const body = JSON.stringify(httpProblemOf(error, socket));
  const headers = {
    date: new Date().toUTCString(),
    ...headersOf(error),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}\r\n${fields.join('')}\r\n${body}`);
  socket.resume(); // a connection that is closed while bytes still come is reset, and the answer is lost
  const timer = setTimeout(() => socket.destroy(), LINGER);
  socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(timer));
};

/** Undefined if the connection is gone, so that nobody hears an answer. */
const errorOf = ({ code = '', message, rawPacket }: ParseError): ServiceError | undefined => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ofStatus(408, 'the request was not sent in time');
  if (code === 'HPE_HEADER_OVERFLOW')
    return isLongTarget(rawPacket)
      ? ofStatus(414, 'the URI is too long')
      : ofStatus(431, 'the header fields are too large');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return messageTooLarge();
  if (code === 'HPE_INVALID_VERSION' || code === 'HPE_PAUSED_H2_UPGRADE')
    return ofStatus(505, 'the version is not HTTP/1.1');
  if (code === 'HPE_INVALID_METHOD') return methodError(rawPacket);
  return code.startsWith('HPE_') ? malformed(message) : undefined;
};

const malformed = (message: string): ServiceError => ofStatus(400, message.replace(/^Parse Error: /, ''));

/** A request line with a method that the parser has never heard of, or no request at all: TLS, for example. */
const methodError = (bytes: Buffer | undefined): ServiceError => {
  const [, method] = /^([!#$%&'*+.^_`|~\w-]+) \S+ HTTP\/1\.\d\r?\n/.exec(bytes?.toString('latin1') ?? '') ?? [];
  return method ? ofStatus(501, `no resource has the method ${method}`) : malformed('this is not HTTP');
};

const isLongTarget = (bytes: Buffer | undefined): boolean => {
  const line = bytes?.subarray(0, 8192).toString('latin1') ?? '';
  return /^[A-Z]+ \S+$/.test(line) && line.length === 8192;
};
