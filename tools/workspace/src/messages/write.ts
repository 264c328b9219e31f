import { globSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { addresses, HOST } from '@fourfold/system/system';
import { format, resolveConfig } from 'prettier';
import { loadContracts } from './contracts.ts';
import { Catalogue } from './catalogue.ts';
import { messagesPage } from './messages-page.ts';
import { usesOf } from './uses.ts';

/** From the root of the workspace. */
export const PAGE = 'docs/messages.md';

/** Makes docs/messages.md of what the workspace at `root` says now. */
export async function writeMessagesPage(root: string): Promise<void> {
  const contracts = await loadContracts(join(root, 'libs/contracts/src'));
  const apps = globSync('apps/*/src', { cwd: root })
    .map((source) => basename(join(source, '..')))
    .sort();
  const uses = apps.map((app) => usesOf(app, join(root, 'apps', app, 'src'), contracts));
  const page = messagesPage(new Catalogue({ contracts, uses, addresses, host: HOST }));
  const path = join(root, PAGE);
  writeFileSync(path, await format(page, { ...(await resolveConfig(path)), filepath: path }));
}
