import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer as its bytes say it, whatever a client library would make of them. */
export interface RawAnswer {
  status: number;
  /** By their names in small letters. */
  headers: Record<string, string>;
  body: string;
}

/** Sends bytes on a connection of their own. */
export const open = (origin: string, bytes: string | Buffer): Socket => {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return socket;
};

/** All that comes back until the server closes the connection. A server that does not close it fails the test. */
export const send = async (origin: string, bytes: string | Buffer): Promise<RawAnswer> =>
  parse(await text(open(origin, bytes)));

/** One request without a body, on a connection that it says is its last. */
export const ask = (
  origin: string,
  method: string,
  target: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> => {
  const fields = Object.entries({ host: 'test', connection: 'close', ...headers });
  return send(origin, `${method} ${target} HTTP/1.1\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`);
};

export const parse = (answer: string): RawAnswer => {
  const end = answer.indexOf('\r\n\r\n');
  const [first = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers), body: answer.slice(end + 4) };
};
