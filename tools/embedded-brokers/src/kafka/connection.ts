import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Call, KafkaNode } from './api.ts';
import { APIS } from './apis.ts';
import { API_VERSIONS } from './api-versions.api.ts';
import { HangUp } from './errors.ts';
import { framesOf } from './wire/frames.ts';
import { Reader } from './wire/reader.ts';
import { Writer } from './wire/writer.ts';

interface Connection {
  socket: Socket;
  node: KafkaNode;
  log: (line: string) => void;
  /** Features that were already logged as unsupported. */
  refused: Set<string>;
}

/** Lost, they cost the group a session time-out of 6 s or more: too long for thousands of histories. */
const CHANGE_MEMBERSHIP: ReadonlySet<string> = new Set(['JoinGroup', 'SyncGroup', 'LeaveGroup']);

interface Header {
  api: Api;
  version: number;
  correlationId: number;
  clientId: string;
}

/**
 * Serves one client until it disconnects. As in Kafka, requests are answered one after the other; nothing more is read
 * while a request waits for its answer or the client does not read its answers.
 */
export async function serve(socket: Socket, node: KafkaNode, log: (line: string) => void): Promise<void> {
  const connection = { socket, node, log, refused: new Set<string>() };
  socket.setNoDelay(true);
  try {
    for await (const frame of framesOf(socket)) if (!(await answer(frame, connection))) break;
  } catch (thrown) {
    if (thrown instanceof HangUp) log(`${peerOf(socket)}: connection closed: ${thrown.message}`);
    // otherwise the client disconnected
  } finally {
    socket.destroy();
  }
}

/** Returns whether the connection stays open. */
async function answer(frame: Buffer, { socket, node, log, refused }: Connection): Promise<boolean> {
  const request = new Reader(frame);
  let client = peerOf(socket);
  const refuse = (feature: string): void => {
    if (!refused.has(feature)) log(`${client}: not supported: ${feature}`);
    refused.add(feature);
  };
  try {
    const header = readHeader(request);
    const { api, version, clientId } = header;
    if (clientId) client = `${clientId} (${client})`;
    const call: Call = { version, clientId, clientHost: `/${socket.remoteAddress}`, node, refuse };
    const faults = CHANGE_MEMBERSHIP.has(api.name) ? undefined : node.faults;
    const place = `${api.name} of ${clientId}`;
    if (faults?.happens('kafka.request-lost', place)) return false;
    const answered = isSupported(api, version)
      ? await api.answer(api.request.at(version).read(request), call)
      : unsupported(api, version);
    if (faults?.happens('kafka.answer-lost', place)) return false;
    const delay = faults?.delay('kafka.answer-delayed', place);
    if (delay) await sleep(delay);
    if (answered) await write(socket, header, answered);
    return true;
  } catch (thrown) {
    const why = thrown instanceof HangUp ? thrown.message : `internal error of the broker: ${(thrown as Error).stack}`;
    log(`${client}: connection closed: ${why}`);
    return false;
  }
}

/*
  Request Header v1, v2 => request_api_key request_api_version correlation_id client_id TAG_BUFFER
    request_api_key => INT16
    request_api_version => INT16
    correlation_id => INT32
    client_id => NULLABLE_STRING
    TAG_BUFFER                                                 (v2: flexible versions)
*/
function readHeader(request: Reader): Header {
  const key = request.int16();
  const version = request.int16();
  const correlationId = request.int32();
  const clientId = request.nullableString() ?? '';
  const api = APIS.get(key);
  if (!api) throw new HangUp(`API ${key} in version ${version} is not supported`);
  if (version >= api.flexible && isSupported(api, version)) request.tags();
  return { api, version, correlationId, clientId };
}

const isSupported = ({ versions: [min, max] }: Api, version: number): boolean => version >= min && version <= max;

function unsupported(api: Api, version: number): object {
  if (!api.unsupported) throw new HangUp(`${api.name} in version ${version} is not supported`);
  return api.unsupported();
}

/*
  Response Header v0, v1 => correlation_id TAG_BUFFER
    correlation_id => INT32
    TAG_BUFFER                                                 (v1: flexible versions, except of ApiVersions)
*/
async function write(socket: Socket, { api, version, correlationId }: Header, answered: object): Promise<void> {
  if (socket.destroyed) return;
  const writer = new Writer().int32(0).int32(correlationId);
  if (version >= api.flexible && api.key !== API_VERSIONS) writer.unsignedVarint(0);
  api.response.at(isSupported(api, version) ? version : 0).write(writer, answered);
  const message = writer.finish();
  message.writeInt32BE(message.length - 4, 0);
  if (!socket.write(message)) await untilDrained(socket);
}

const untilDrained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      socket.off('drain', end).off('close', end);
      resolve();
    };
    socket.on('drain', end).on('close', end);
    if (socket.destroyed) end();
  });

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`;
