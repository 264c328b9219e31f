import { inequivalent, preconditionFailed, resourceLocked } from '../errors.ts';
import type { Table } from '../wire/fields.ts';
import { expectArguments } from './queue-arguments.ts';

/** A queue as queue.declare asks for it (spec 1.7.2.1). */
export interface QueueSettings {
  name: string;
  durable: boolean;
  autoDelete: boolean;
  /** The connection that owns an exclusive queue. */
  owner?: object;
  args: Table;
}

/** Throws 405 if the owners differ, 406 if anything else differs. `title` names the queue in errors. */
export const expectSame = (declared: QueueSettings, current: QueueSettings, title: string): void => {
  if (declared.owner !== current.owner) throw resourceLocked(title);
  const flags = { durable: 'durable', auto_delete: 'autoDelete' } as const;
  for (const [key, flag] of Object.entries(flags) as [string, 'durable' | 'autoDelete'][])
    if (declared[flag] !== current[flag]) throw inequivalent(key, title, `'${declared[flag]}'`, `'${current[flag]}'`);
  expectArguments(declared.args, current.args, title);
};

/** Throws 406 for settings that quorum queues do not support. */
export const expectQuorum = ({ autoDelete, owner, durable }: QueueSettings, title: string): void => {
  const refused = autoDelete ? 'auto-delete' : owner ? 'exclusive-owner' : durable ? undefined : 'non-durable';
  if (refused) throw preconditionFailed(`invalid property '${refused}' for ${title}`);
};
