import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Hands each request on to a server, and remembers it: what a cache in front answers by itself is not among them. */
export class Recorder {
  readonly requests: IncomingMessage[] = [];
  private readonly server = createServer((incoming, outgoing) => this.handOn(incoming, outgoing));

  private constructor(private readonly origin: string) {}

  static async before(origin: string): Promise<Recorder> {
    const recorder = new Recorder(origin);
    recorder.server.listen(0, '127.0.0.1');
    await once(recorder.server, 'listening');
    return recorder;
  }

  /** `127.0.0.1:12345` */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private handOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.requests.push(incoming);
    const { method, url, headers } = incoming;
    const sent = request(this.origin + url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    sent.on('error', () => outgoing.destroy());
    outgoing.once('close', () => sent.destroy());
    incoming.pipe(sent);
  }
}
