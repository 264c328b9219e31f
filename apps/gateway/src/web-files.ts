import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import { URIS } from './uris.ts';

/** A file of `web/`, as it is sent to browsers. */
export interface WebFile {
  type: string;
  text: string;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** The files of `web/`. They are few and small, and change only with the build: read once. */
@Injectable()
export class WebFiles {
  private readonly files = new Map(
    readdirSync(FOLDER)
      .filter((name) => TYPES[extname(name)])
      .map((name) => [name, webFileOf(name)]),
  );

  /** What is served at `/`, and is no file of `/web/`: a resource has one URI. It names its files relative to itself. */
  readonly page = this.files.get(PAGE)!.text.replaceAll('"web/', `"${LOCATION}`);

  get(name: string): WebFile | undefined {
    return name === PAGE ? undefined : this.files.get(name);
  }
}

const PAGE = 'index.html';

/** Where the files are, relative to `/`: `web/`. */
const LOCATION = URIS.webFile.replace(/^\/|\{file\}/g, '');

/** Beside the bundle, or beside `src/`. */
const FOLDER = ['./web', '../web'].map((path) => fileURLToPath(new URL(path, import.meta.url))).find(existsSync)!;

const webFileOf = (name: string): WebFile => ({
  type: TYPES[extname(name)]!,
  text: readFileSync(join(FOLDER, name), 'utf8'),
});
