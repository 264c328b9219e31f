import { Client, type DatabaseError } from 'pg';
import { databaseUrl } from '../system.ts';

/** Creates the databases that are missing on a PostgreSQL server; connects to the database of `url`, or to `postgres`. */
export async function createDatabases(url: string, names: readonly string[]): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const present = new Set(rows.map((row) => row.datname));
    for (const name of names) if (!present.has(name)) await create(client, name);
  });
}

/** Resolves if the server at this URL accepts a connection. */
export async function postgresAnswers(url: string): Promise<void> {
  await withClient(url, () => Promise.resolve());
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const named = new URL(url).pathname.length > 1;
  const client = new Client({
    connectionString: named ? url : databaseUrl(url, 'postgres'),
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {}); // the pending query rejects with it
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function create(client: Client, name: string): Promise<void> {
  const DUPLICATE_DATABASE = '42P04'; // another run created it first
  try {
    await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if ((error as DatabaseError).code !== DUPLICATE_DATABASE) throw error;
  }
}
