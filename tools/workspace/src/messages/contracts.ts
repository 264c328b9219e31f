import 'reflect-metadata'; // the DTOs' decorators need it
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Contract, Operation } from '@fourfold/contracts/contract';
import type { Event } from '@fourfold/contracts/event';
import { createServer } from 'vite';

export type Message = Operation | Event;

/** A file of libs/contracts/src. */
export interface ContractFile {
  /** Without its ending: `orders` */
  name: string;
  /** What it exports. */
  contracts: Record<string, Contract>;
  events: Record<string, Event>;
}

/** The files that export a contract or an event, by name. Vite loads them, since Node alone does not run decorators. */
export async function loadContracts(folder: string): Promise<ContractFile[]> {
  const files = globSync('*.ts', { cwd: folder, exclude: ['*.{spec,fixture,types}.ts'] }).sort();
  const vite = await createServer({
    root: folder,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    const loaded: ContractFile[] = [];
    for (const file of files)
      loaded.push(contractFile(basename(file, '.ts'), await vite.ssrLoadModule(join(folder, file))));
    return loaded.filter(({ contracts, events }) => Object.keys({ ...contracts, ...events }).length);
  } finally {
    await vite.close();
  }
}

export function contractFile(name: string, exports: Record<string, unknown>): ContractFile {
  const entries = Object.entries(exports);
  return {
    name,
    contracts: Object.fromEntries(entries.filter((entry): entry is [string, Contract] => isContract(entry[1]))),
    events: Object.fromEntries(entries.filter((entry): entry is [string, Event] => isEvent(entry[1]))),
  };
}

export function isEvent(value: unknown): value is Event {
  return isObject(value) && 'topic' in value && 'type' in value;
}

function isContract(value: unknown): value is Contract {
  const operations = isObject(value) ? Object.values(value) : [];
  return operations.length > 0 && operations.every((one) => isObject(one) && 'bindings' in one && 'kind' in one);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
