import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PermanentError } from '@fourfold/transport/errors';
import { freshDatabase } from '@fourfold/testing/fresh-database';
import pg from 'pg';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { applyMigrations, checkMigrations } from './migrations.ts';

let url: string;
let folder: string;

beforeEach(async () => {
  url = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true }));
  await mkdir(join(folder, 'meta'));
  await write([['0000_first', 1000, 'create table first (id int);']]);
});

type Migration = [tag: string, when: number, text: string];

const write = async (migrations: Migration[]) => {
  const entries = migrations.map(([tag, when], idx) => ({ idx, version: '7', when, tag, breakpoints: true }));
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  for (const [tag, , text] of migrations) await writeFile(join(folder, `${tag}.sql`), text);
};
const first: Migration = ['0000_first', 1000, 'create table first (id int);'];
const tables = async () => {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(`select tablename from pg_tables where schemaname = 'public' order by 1`);
  await client.end();
  return rows.map(({ tablename }) => tablename);
};

it('applies what the database lacks, once', async () => {
  await applyMigrations(url, folder);
  await write([first, ['0001_second', 2000, 'create table second (id int);']]);
  await Promise.all([applyMigrations(url, folder), applyMigrations(url, folder)]);
  expect(await tables()).toEqual(['first', 'second']);
});

it('refuses a migration of a merged branch that is older than one that was applied: it would be skipped', async () => {
  await write([first, ['0001_mine', 3000, 'create table mine (id int);']]);
  await applyMigrations(url, folder);
  await write([
    first,
    ['0001_theirs', 2000, 'create table theirs (id int);'],
    ['0001_mine', 3000, 'create table mine (id int);'],
  ]);
  const refused = applyMigrations(url, folder);
  await expect(refused).rejects.toBeInstanceOf(PermanentError);
  await expect(refused).rejects.toThrow('migration 0001_theirs.sql was skipped: the database has a newer one');
});

it('refuses a migration that was changed after it was applied', async () => {
  await applyMigrations(url, folder);
  await write([['0000_first', 1000, 'create table first (id bigint);']]);
  await expect(applyMigrations(url, folder)).rejects.toThrow(
    'migration 0000_first.sql was changed after it was applied',
  );
});

it('starts on a database that a newer version has migrated', async () => {
  await write([first, ['0001_second', 2000, 'create table second (id int);']]);
  await applyMigrations(url, folder);
  await write([first]);
  await applyMigrations(url, folder);
  expect(await tables()).toEqual(['first', 'second']);
});

it('waits for whoever migrates, if it does not do so itself', async () => {
  const pool = new pg.Pool({ connectionString: url });
  onTestFinished(() => pool.end());
  await expect(checkMigrations(pool, folder)).rejects.toThrow('the database lacks migration 0000_first.sql');
  await applyMigrations(url, folder);
  expect(await checkMigrations(pool, folder)).toBeUndefined();
});
