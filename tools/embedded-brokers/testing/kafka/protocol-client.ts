import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { API_VERSIONS } from '../../src/kafka/api-versions.api.ts';
import type { Api } from '../../src/kafka/api.ts';
import { APIS } from '../../src/kafka/apis.ts';
import { framesOf } from '../../src/kafka/wire/frames.ts';
import { Reader } from '../../src/kafka/wire/reader.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';

export const apiNamed = (name: string): Api => [...APIS.values()].find((api) => api.name === name)!;

/** A request as it goes over the wire. */
export function requestOf(api: Api, version: number, request: object, clientId = 'spec'): Buffer {
  const writer = new Writer().int16(api.key).int16(version).int32(0).string(clientId);
  if (version >= api.flexible) writer.unsignedVarint(0);
  api.request.at(version).write(writer, request);
  return new Writer().bytes(writer.finish()).finish();
}

/** A client that sends any version of any API and shows the whole response. It has one request in flight at a time. */
export class ProtocolClient {
  readonly #socket: Socket;
  readonly #frames: AsyncIterator<Buffer>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#frames = framesOf(socket);
  }

  static async open(brokers: string): Promise<ProtocolClient> {
    const [host, port] = brokers.split(':') as [string, string];
    const socket = connect({ host, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new ProtocolClient(socket);
  }

  /** `answeredIn` is the version of the response, if it is another one. */
  async ask(name: string, version: number, request: object, answeredIn = version): Promise<any> {
    const api = apiNamed(name);
    this.#socket.write(requestOf(api, version, request));
    const { value, done } = await this.#frames.next();
    if (done) throw new Error(`the connection was closed instead of an answer to ${name} ${version}`);
    const reader = new Reader(value);
    reader.int32();
    if (version >= api.flexible && api.key !== API_VERSIONS) reader.tags();
    const response = api.response.at(answeredIn).read(reader);
    if (reader.remaining) throw new Error(`${reader.remaining} bytes are left of the answer to ${name} ${version}`);
    return response;
  }

  close(): void {
    this.#socket.destroy();
  }
}
