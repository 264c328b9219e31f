/** What outboxes and inboxes say of messages: every subscriber has handled each once in effect, those of a key in order. */
import type { UnluckySystem } from './unlucky-system.ts';

interface Sent {
  position: string;
  id: string;
  kind: string;
  type: string;
  destination: string;
  key: string;
  parked: string | null;
}

interface Heard {
  id: string;
  /** Microseconds since the epoch. */
  at: string;
}

/** Looks at the messages of one history after the other. */
export class MessageInvariants {
  /** Which services have handled a message of a type, in any history. */
  private readonly subscribers = new Map<string, Set<string>>();
  private readonly seen = new Map<string, string>();

  constructor(private readonly system: UnluckySystem) {}

  /** Violations among the messages since the last call that found none, in words. */
  async violations(): Promise<string[]> {
    const { services } = this.system;
    const sent = new Map(await Promise.all(services.map(async (one) => [one, await this.sent(one)] as const)));
    const ids = [...sent.values()].flat().map(({ id }) => id);
    const heard = new Map(await Promise.all(services.map(async (one) => [one, await this.heard(one, ids)] as const)));
    const all = [...sent.values()].flat();
    this.learn(all, heard);
    const violations = [
      ...all
        .filter(({ parked }) => parked !== null)
        .map(({ type, id, parked }) => `${type} ${id} is parked in the outbox: ${parked}`),
      ...[...heard].flatMap(([service, inbox]) => [
        ...all
          .filter(({ type, id }) => this.subscribers.get(type)?.has(service) && !inbox.has(id))
          .map(({ type, id, key }) => `${service} has not handled ${type} ${id} of ${key}`),
        ...[...sent.values()].flatMap((messages) => disorder(service, messages, inbox)),
      ]),
    ];
    if (violations.length === 0)
      for (const [service, messages] of sent) if (messages.length) this.seen.set(service, messages.at(-1)!.position);
    return violations;
  }

  private sent(service: string): Promise<Sent[]> {
    return this.system.query<any>(service, SENT, [this.seen.get(service) ?? '0']);
  }

  private async heard(service: string, ids: string[]): Promise<Map<string, Heard>> {
    const rows = (await this.system.query(service, HEARD, [ids])) as Heard[];
    return new Map(rows.map((row) => [row.id, row]));
  }

  private learn(messages: Sent[], heard: Map<string, Map<string, Heard>>): void {
    for (const { type, id } of messages)
      for (const [service, inbox] of heard)
        if (inbox.has(id)) this.subscribers.set(type, (this.subscribers.get(type) ?? new Set()).add(service));
  }
}

/** Events of a key that a service has handled before earlier ones. */
const disorder = (service: string, messages: Sent[], inbox: ReadonlyMap<string, Heard>): string[] => {
  const last = new Map<string, { sent: Sent; heard: Heard }>();
  const found: string[] = [];
  for (const sent of messages) {
    const heard = inbox.get(sent.id);
    if (sent.kind !== 'event' || sent.key === '' || !heard) continue;
    const place = JSON.stringify([sent.destination, sent.key]);
    const before = last.get(place);
    if (before && BigInt(heard.at) < BigInt(before.heard.at))
      found.push(`${service} has handled ${sent.type} of ${sent.key} before ${before.sent.type}, which came first`);
    last.set(place, { sent, heard });
  }
  return found;
};

const SENT = `
  select position::text, id, kind, type, destination, key, parked_reason as parked
  from outbox where position > $1::bigint order by outbox.position`;
const HEARD = `
  select id, (extract(epoch from received_at) * 1000000)::bigint::text as at from inbox where id = any($1)`;
