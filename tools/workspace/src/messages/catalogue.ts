import type { Contract, Operation } from '@fourfold/contracts/contract';
import type { Addresses } from '@fourfold/system/system';
import { type ContractFile, isEvent, type Message } from './contracts.ts';
import type { Uses } from './uses.ts';

export interface Facts {
  contracts: ContractFile[];
  uses: Uses[];
  /** Where the apps listen: `127.0.0.1` */
  host: string;
  addresses: Addresses;
}

/** What is known of each message. */
export class Catalogue {
  readonly facts: Facts;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  messages(): Message[] {
    return this.facts.contracts.flatMap(({ contracts, events }) => [
      ...Object.values(contracts).flatMap((contract) => Object.values(contract)),
      ...Object.values(events),
    ]);
  }

  operations(): Operation[] {
    return this.messages().filter((message): message is Operation => !isEvent(message));
  }

  /** Names of apps. Each takes from Kafka in a consumer group of its own name. */
  handlersOf(message: Message): string[] {
    return this.appsThat(({ handles }) => handles.has(message));
  }

  sendersOf(message: Message): string[] {
    return this.appsThat(({ sends }) => sends.has(message));
  }

  clientsOf(contract: Contract): string[] {
    return this.appsThat(({ clients }) => clients.has(contract));
  }

  private appsThat(fits: (uses: Uses) => boolean): string[] {
    return this.facts.uses.filter(fits).map(({ app }) => app);
  }
}

/** Whether clients outside of the system can call it. */
export function isOpen(message: Message): boolean {
  return !isEvent(message) && (message.bindings.http !== undefined || hasGrpc(message));
}

export function hasGrpc({ kind, bindings }: Operation): boolean {
  return bindings.grpc !== false && kind !== 'command';
}

export function topicOf(message: Message): string | undefined {
  return isEvent(message) ? message.topic : message.bindings.kafka?.topic;
}
