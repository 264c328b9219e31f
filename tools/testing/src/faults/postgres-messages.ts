/** A message of PostgreSQL's protocol. The first one of a client has no type. https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface PostgresMessage {
  /** One letter: `Q` query, `P` parse, `S` sync, `Z` ready for query, `E` execute or error; empty for the first one. */
  type: string;
  /** The whole message. */
  bytes: Buffer;
}

/** Cuts what one side of a connection sends into messages. */
export class PostgresMessages {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private isFirst: boolean) {}

  push(chunk: Buffer): PostgresMessage[] {
    this.rest = this.rest.length ? Buffer.concat([this.rest, chunk]) : chunk;
    const messages: PostgresMessage[] = [];
    for (;;) {
      const typed = this.isFirst ? 0 : 1;
      if (this.rest.length < typed + 4) return messages;
      const length = typed + this.rest.readInt32BE(typed);
      if (this.rest.length < length) return messages;
      const bytes = this.rest.subarray(0, length);
      this.rest = this.rest.subarray(length);
      if (this.isFirst && !asksForEncryption(bytes)) this.isFirst = false;
      messages.push({ type: typed ? String.fromCharCode(bytes[0]!) : '', bytes });
    }
  }
}

/** SSLRequest and GSSENCRequest are answered by one byte; then the client begins anew. */
export const asksForEncryption = (first: Buffer): boolean =>
  first.length === 8 && [80877103, 80877104].includes(first.readInt32BE(4));

/** The SQL of a query or a parse message; undefined for another one. */
export const sqlOf = ({ type, bytes }: PostgresMessage): string | undefined => {
  if (type === 'Q') return bytes.toString('utf8', 5, bytes.length - 1);
  if (type !== 'P') return undefined;
  const start = bytes.indexOf(0, 5) + 1; // behind the name of the statement
  return bytes.toString('utf8', start, bytes.indexOf(0, start));
};

export const query = (sql: string): Buffer => message('Q', `${sql}\0`);

/** An error, and that the connection is ready for the next query, outside of a transaction. */
export const failure = (sqlState: string, text: string): Buffer =>
  Buffer.concat([message('E', `SERROR\0VERROR\0C${sqlState}\0M${text}\0\0`), message('Z', 'I')]);

const message = (type: string, text: string): Buffer => {
  const body = Buffer.from(text);
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type);
  bytes.writeInt32BE(4 + body.length, 1);
  body.copy(bytes, 5);
  return bytes;
};
