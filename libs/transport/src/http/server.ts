import type { IncomingMessage as Request, ServerResponse as Response } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { ServiceError } from '@fourfold/contracts/service-error';
import { DEFAULT_DEADLINE, openContext, runInContext } from '../context.ts';
import { causeOf, deadlineExceeded, MAX_MESSAGE_BYTES, PermanentError } from '../errors.ts';
import { observe } from '../observation.ts';
import type { Server } from '../transport.ts';
import { bodyErrors } from './errors.ts';
import { messageOf } from './message.ts';

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

type Next = (error?: unknown) => void;

/** Paths that are answered even before the service is ready. */
const PROBES = /^\/(healthz|readyz|metrics)\b/;

/** The HTTP server of a Nest application. Nothing here depends on Express: another of Nest's adapters works, too. */
export class HttpServer implements Server {
  readonly transport = 'http';
  private app?: INestApplication;
  private isServing = false;
  private closing?: Promise<void>;
  private readonly open = new Set<Response>();

  constructor(private readonly options: HttpServerOptions) {}

  mount(app: INestApplication): void {
    this.app = app;
    app.use(this.openContext, this.refuseUntilServing, this.rememberOpen);
    const adapter = app as INestApplication & { useBodyParser(type: string, options: object): void };
    const type = ['application/json', 'application/*+json'];
    adapter.useBodyParser('json', { limit: MAX_MESSAGE_BYTES, strict: false, type });
    app.use(bodyErrors);
    app.getHttpAdapter().getInstance().disable?.('x-powered-by');
  }

  async listen(): Promise<void> {
    const { host, port } = this.options;
    try {
      await this.app!.listen(port, host);
    } catch (thrown) {
      const isInUse = (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw new PermanentError(`HTTP_PORT ${port}: ${isInUse ? 'the port is in use' : causeOf(thrown)}`);
    }
  }

  /** From `listen()` on, probes are answered, and all other requests with 503 until `setServing(true)`. */
  isReady(): boolean {
    return this.app!.getHttpServer().listening;
  }

  setServing(isServing: boolean): void {
    this.isServing = isServing;
  }

  /** Closes the application, its HTTP server. Event streams would outlast any limit: they are ended. */
  close(): Promise<void> {
    if (this.closing) return this.closing;
    this.closing = this.app!.close();
    for (const response of this.open) {
      if (!response.headersSent || response.writableEnded) continue; // an answer is sent whole, a stream bit by bit
      const { socket } = response;
      // its headers promised to keep the connection, which would keep the server from closing
      response.end(() => socket?.destroySoon());
    }
    return this.closing;
  }

  get address(): string | undefined {
    const address = this.app?.getHttpServer().address();
    return address ? `${this.options.host}:${address.port}` : undefined;
  }

  /** From here on, whatever handles the request is in the context of its message. Go on at context-type.ts. */
  private readonly openContext = (request: Request, response: Response, next: Next): void => {
    const opened = this.opened(request, next);
    if (!opened) return;
    const { context, abort, close, message } = opened;
    response.once('close', () => {
      close();
      abort();
      // Node waits for the client of a kept-alive connection to leave, once its last request is answered
      if (!this.app!.getHttpServer().listening) request.socket.end();
    });
    // the default deadline does not abort: a stream may last longer, and its deadline bounds the first message
    const deadline = context.deadline ?? Date.now() + DEFAULT_DEADLINE;
    runInContext({ ...context, deadline }, () => {
      observe({ event: 'received', transport: 'http', operation: message.name });
      next();
    });
  };

  /** Undefined if the request was refused: its headers are malformed, or it came too late. */
  private opened(request: Request, next: Next) {
    try {
      const message = messageOf(request);
      if (message.deadline === undefined || message.deadline > Date.now()) return { ...openContext(message), message };
      next(deadlineExceeded(message.name));
    } catch (thrown) {
      next(thrown);
    }
    return undefined;
  }

  private readonly refuseUntilServing = ({ url = '' }: Request, _: Response, next: Next): void => {
    if (this.isServing || PROBES.test(url)) next();
    else next(new ServiceError('UNAVAILABLE', 'NOT_READY', 'the service is not ready'));
  };

  private readonly rememberOpen = (_: Request, response: Response, next: Next): void => {
    this.open.add(response);
    response.once('close', () => this.open.delete(response));
    next();
  };
}
