import { inequivalent, preconditionFailed, resourceLocked } from '../errors.ts';
import type { Table } from '../wire/fields.ts';
import { expectArguments } from './queue-arguments.ts';

/** What queue.declare says of a queue (spec 1.7.2.1). */
export interface QueueSettings {
  name: string;
  durable: boolean;
  autoDelete: boolean;
  /** The connection that an exclusive queue belongs to. */
  owner?: object;
  args: Table;
}

/** 405 unless both have the same owner, 406 unless all else is the same. `title` names the queue. */
export const expectSame = (declared: QueueSettings, current: QueueSettings, title: string): void => {
  if (declared.owner !== current.owner) throw resourceLocked(title);
  const flags = { durable: 'durable', auto_delete: 'autoDelete' } as const;
  for (const [key, flag] of Object.entries(flags) as [string, 'durable' | 'autoDelete'][])
    if (declared[flag] !== current[flag]) throw inequivalent(key, title, `'${declared[flag]}'`, `'${current[flag]}'`);
  expectArguments(declared.args, current.args, title);
};

/** 406 for what a quorum queue cannot be. */
export const expectQuorum = ({ autoDelete, owner, durable }: QueueSettings, title: string): void => {
  const refused = autoDelete ? 'auto-delete' : owner ? 'exclusive-owner' : durable ? undefined : 'non-durable';
  if (refused) throw preconditionFailed(`invalid property '${refused}' for ${title}`);
};
