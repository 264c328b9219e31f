import { Server as NetServer, type Socket } from 'node:net';
import type { IncomingMessage as Request, Server as NodeServer, ServerResponse as Response } from 'node:http';
import { type INestApplication, Logger } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import { openContext, runInContext } from '../context.ts';
import { causeOf, deadlineExceeded, notReady, ofStatus, overloaded, PermanentError } from '../errors.ts';
import { observe } from '../observation.ts';
import type { Entered, Limiter } from '../limiter.ts';
import { onAbort, withTimeLimit } from '../time.ts';
import type { Server } from '../transport.ts';
import { isAnswered, NO_STORE, reply } from './answer.ts';
import { untilNoneComes } from './last-connections.ts';
import { messageOf, nameOf } from './message.ts';
import { answerBrokenRequests, enterConnection } from './connection.ts';
import { pathPrefixOf, setPathPrefix } from './path-prefix.ts';
import { type ProblemTypes, setProblemTypes } from './problem.ts';
import { readBody } from './request/body.ts';
import { type Answer, checkRequest } from './request/gate.ts';
import { TrustedProxies } from './request/forwarded.ts';
import { Routes } from './request/routes.ts';
import { compress } from './response/compression.ts';
import { Cors } from './response/cors.ts';
import { vary } from './response/vary.ts';

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Milliseconds that a connection without a request is kept: 65,000. */
  keepAlive?: number;
  /** Milliseconds between two comments in an event stream: 15,000. */
  heartbeat?: number;
  /** Milliseconds that requests in flight get at shutdown: 10,000. */
  drainTimeout?: number;
  /** Where problem documents lead to; without it their type is `about:blank`. */
  problemTypes?: ProblemTypes;
  /** Origins whose pages may call: none. */
  corsOrigins?: readonly string[];
  /** Compress answers: no. */
  compression?: boolean;
  /** Addresses and subnets whose `X-Forwarded-` header fields are true: none. */
  trustedProxies?: readonly string[];
  /** Refuses what is too much. */
  limiter?: Limiter;
}

/** Milliseconds that filters of the application have for the answer at a deadline. */
const FILTERS_TURN = 10;

/** Requests and streams at most. */
const MAX_OPEN = 10_000;

/** Milliseconds in which a request that was on its way when the listener closed is still answered. */
const LINGER = 250;

type Next = (error?: unknown) => void;
type Handle = (request: Request, response: Response) => void;

/** Connections that wait to be accepted, as far as the operating system agrees: 4,096 is what Linux grants. Node asks for 511. */
const BACKLOG = 4096;

/** Nest hands all arguments to the server's `listen`. */
type Listening = INestApplication & { listen(port: number, host: string, backlog: number): Promise<unknown> };

/** Paths that are answered whatever the state of the service. */
const PROBES = /^\/(healthz|readyz|metrics)\b/;

/** The HTTP server of a Nest application. Nothing here depends on Express: another of Nest's adapters works, too. */
export class HttpServer implements Server {
  readonly transport = 'http';
  private readonly logger = new Logger('http');
  private app?: INestApplication;
  private state: 'starting' | 'serving' | 'stopping' = 'starting';
  private closing?: Promise<void>;
  /** The responses that are not finished, and what the limiter knows of each. */
  private readonly open = new Map<Response, Entered | undefined>();
  private readonly sockets = new Set<Socket>();
  private readonly routes = new Routes();
  private readonly cors?: Cors;
  private readonly proxies?: TrustedProxies;

  constructor(private readonly options: HttpServerOptions) {
    if (options.corsOrigins?.length) this.cors = new Cors(options.corsOrigins);
    if (options.trustedProxies?.length) this.proxies = new TrustedProxies(options.trustedProxies);
  }

  mount(app: INestApplication): void {
    this.app = app;
    this.routes.watch(app.getHttpAdapter());
    this.admitFirst(app.getHttpServer());
    app.use(this.openContext);
    app.use(readBody, (_: Request, response: Response, next: Next) => {
      if (!isAnswered(response)) next(); // or its body came too late
    });
    const instance = app.getHttpAdapter().getInstance();
    instance.disable?.('x-powered-by');
    // Express's request.ip, request.protocol and request.host
    if (this.proxies) instance.set?.('trust proxy', (address: string) => this.proxies!.has(address));
    instance.disable?.('etag'); // weak ones, of every answer: a route that can be stored has its own
  }

  async listen(): Promise<void> {
    const { host, port } = this.options;
    try {
      await (this.app! as Listening).listen(port, host, BACKLOG);
    } catch (thrown) {
      const isInUse = (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw new PermanentError(`HTTP_PORT ${port}: ${isInUse ? 'the port is in use' : causeOf(thrown)}`);
    }
  }

  /** From `listen()` on, probes are answered, and all other requests with 503 until `setServing(true)`. */
  isReady(): boolean {
    return this.app!.getHttpServer().listening;
  }

  /** After `setServing(false)` requests are still answered, and each answer says that its connection ends. */
  setServing(isServing: boolean): void {
    if (isServing) this.state = 'serving';
    else if (this.state === 'serving') this.state = 'stopping'; // what has never served goes on to refuse
    if (isServing) return;
    for (const response of this.open.keys()) if (!response.headersSent) response.setHeader('connection', 'close');
  }

  /** Takes no connection any more, finishes the requests in flight, and closes the application. */
  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  get address(): string | undefined {
    const address = this.app?.getHttpServer().address();
    return address ? `${this.options.host}:${address.port}` : undefined;
  }

  private async shutDown(): Promise<void> {
    this.setServing(false);
    const server: NodeServer = this.app!.getHttpServer();
    if (server.listening) {
      await untilNoneComes(server);
      // of net, as http's own at once closes connections on which a request may just be coming
      const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
      setTimeout(() => this.closeIdle(server), LINGER);
      for (const response of this.open.keys()) endStream(response);
      await withTimeLimit(closed, this.options.drainTimeout ?? 10_000).catch(() => {
        this.logger.warn(`${this.open.size} requests were not done in time: their connections are closed`);
        server.closeAllConnections();
      });
    }
    await this.app!.close();
  }

  /** Browsers connect in advance: to Node a connection on which nothing has come yet is not idle. */
  private closeIdle(server: NodeServer): void {
    server.closeIdleConnections();
    for (const socket of this.sockets) if (!socket.bytesRead) socket.destroy();
  }

  /** Before anything of the application: what is refused here costs next to nothing. */
  private admitFirst(server: NodeServer): void {
    const [handle] = server.listeners('request') as Handle[];
    server.removeAllListeners('request');
    server.on('request', (request: Request, response: Response) => this.receive(request, response, handle!));
    server.on('checkContinue', (request: Request, response: Response) => {
      // refused, the client need not send its body, and nobody knows whether what comes next is the body or a request
      response.setHeader('connection', 'close');
      this.receive(request, response, (...both) => {
        if (this.state !== 'stopping') response.removeHeader('connection');
        response.writeContinue();
        handle!(...both);
      });
    });
    server.on('checkExpectation', (request: Request, response: Response) => {
      this.refuse(request, response, ofStatus(417, 'the only expectation is 100-continue'));
    });
    answerBrokenRequests(server, this.options.problemTypes);
    server.on('connection', (socket: Socket) => {
      this.options.limiter?.greet();
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    const heartbeat = setInterval(() => {
      for (const response of this.open.keys()) if (isOpenStream(response)) response.write(':\n\n');
    }, this.options.heartbeat ?? 15_000);
    heartbeat.unref();
    server.once('close', () => clearInterval(heartbeat));
    server.keepAliveTimeout = this.options.keepAlive ?? 65_000;
  }

  private receive(request: Request, response: Response, handle: Handle): void {
    enterConnection(request, response);
    setProblemTypes(request, this.options.problemTypes);
    if (this.proxies) {
      setPathPrefix(request, this.proxies.prefixOf(request));
      vary(response, 'X-Forwarded-Prefix');
    }
    response.setHeader('cache-control', NO_STORE); // until a route says otherwise
    if (this.state === 'stopping') response.setHeader('connection', 'close');
    this.cors?.mark(request, response);
    if (this.options.compression) compress(request, response);
    if (!this.admit(request, response)) return;
    const run = () => handle(request, response);
    const entered = this.open.get(response);
    if (entered) entered.begin(run);
    else run();
  }

  private admit(request: Request, response: Response): boolean {
    const answer = this.cors?.preflight(request, this.routes) ?? checkRequest(request, this.routes);
    if (answer) return this.answer(request, response, answer);
    if (PROBES.test(request.url!)) return true;
    if (this.state === 'starting') return this.refuse(request, response, notReady());
    if (this.open.size >= MAX_OPEN) return this.refuse(request, response, overloaded());
    // event streams are many and wait, mostly
    const entered = isEventStream(request) ? undefined : this.options.limiter?.enter(routeOf(request));
    if (entered instanceof ServiceError) return this.refuse(request, response, entered);
    this.open.set(response, entered);
    response.once('close', () => {
      this.open.delete(response);
      entered?.leave(response.writableFinished && response.statusCode < 400);
    });
    return true;
  }

  private answer(request: Request, response: Response, answer: Answer): false {
    const { error } = answer;
    if (error) observe({ event: 'failed', transport: 'http', operation: nameOf(request), error, isUnexpected: false });
    reply(response, answer);
    return false;
  }

  private refuse(request: Request, response: Response, error: ServiceError): false {
    return this.answer(request, response, { status: error.httpStatus, headers: {}, error });
  }

  /** From here on, whatever handles the request is in the context of its message. Go on at context-type.ts. */
  private readonly openContext = (request: Request, response: Response, next: Next): void => {
    const opened = this.opened(request, response, next);
    if (!opened) return;
    const { context, abort, close, message } = opened;
    const { signal } = context;
    setProblemTypes(context, this.options.problemTypes);
    setPathPrefix(context, pathPrefixOf(request));
    onAbort(signal, () => setTimeout(() => this.refuseLate(request, response, signal.reason), FILTERS_TURN));
    response.once('close', () => {
      close();
      if (!response.writableFinished) abort(); // the client has left
      // whoever closes the application itself: Node would wait for the client of a kept-alive connection to leave
      if (!this.isReady()) request.socket.end();
    });
    runInContext(context, () => {
      observe({ event: 'received', transport: 'http', operation: message.name });
      next();
    });
  };

  /** Undefined if the request was refused: its headers are malformed, or it came too late. */
  private opened(request: Request, response: Response, next: Next) {
    try {
      const message = messageOf(request, this.open.get(response)?.at);
      if (message.deadline! > Date.now())
        return { ...openContext(message, () => this.open.get(response)?.leave()), message };
      next(deadlineExceeded(message.name));
    } catch (thrown) {
      next(thrown);
    }
    return undefined;
  }

  /** At the deadline: while the body is read, or a guard waits, nothing else answers. */
  private refuseLate(request: Request, response: Response, error: ServiceError): void {
    if (response.headersSent || response.destroyed) return;
    response.setHeader('connection', 'close'); // the request may not have been read
    this.refuse(request, response, error);
    response.once('finish', () => request.socket.destroySoon());
  }
}

const isEventStream = ({ headers }: Request): boolean => headers.accept === 'text/event-stream';

/** The name without ids: `GET /v1/orders/0199…` and its like take about as long. */
const routeOf = (request: Request): string => nameOf(request).replace(/\/[^/]*\d[^/]*/g, '/:id');

/** Whether it is an event stream whose reader keeps up. */
const isOpenStream = (response: Response): boolean =>
  response.headersSent &&
  !response.writableEnded &&
  !response.writableNeedDrain &&
  String(response.getHeader('content-type')).startsWith('text/event-stream');

/** An event stream would outlast any limit. An answer is sent whole, a stream bit by bit. */
const endStream = (response: Response): void => {
  if (!response.headersSent || response.writableEnded) return;
  const { socket } = response;
  response.end(() => socket?.destroySoon());
};
