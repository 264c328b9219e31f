import type { Contract, Operation } from '@fourfold/contracts/contract';
import type { Event } from '@fourfold/contracts/event';
import { type Catalogue, hasGrpc, isOpen, topicOf } from './catalogue.ts';
import { type ContractFile, isEvent, type Message } from './contracts.ts';
import { deadLetterQueueOf, deadLetterTopicOf } from '@fourfold/contracts/dead-letters';

const NOBODY = '**⚠ nobody**';

const INTRODUCTION = `# Messages

Every operation and every event: its addresses, who sends it, who handles it, and where its dead letters go.
\`npm run generate\` makes this page from libs/contracts, tools/system/src/system.ts and the code of apps/. Do not edit it.
`;
const EMPTY = `There are none yet. The first service brings some: \`npx nx g service <name>\`.
`;
const LEGEND = `Addresses are those of \`npm start\`. What has HTTP or gRPC can also be called by clients outside of this system.
`;

/** The text of docs/messages.md, before Prettier. */
export function messagesPage(catalogue: Catalogue): string {
  const files = catalogue.facts.contracts;
  if (!files.length) return [INTRODUCTION, EMPTY].join('\n');
  return [
    INTRODUCTION,
    LEGEND,
    unconnected(catalogue),
    queues(catalogue),
    topics(catalogue),
    ...files.map((file) => service(catalogue, file)),
  ].join('\n');
}

/** The messages that nobody sends or nobody handles. */
function unconnected(catalogue: Catalogue): string {
  const lines = catalogue.messages().flatMap((message) => {
    const isSent = catalogue.sendersOf(message).length > 0 || isOpen(message);
    const isHandled = catalogue.handlersOf(message).length > 0;
    return [
      ...(isSent ? [] : [`- ${code(fullNameOf(message))} is sent by ${NOBODY}`]),
      ...(isHandled ? [] : [`- ${code(fullNameOf(message))} is handled by ${NOBODY}`]),
    ];
  });
  return lines.length ? `## Without sender or handler\n\n${lines.join('\n')}\n` : '';
}

function queues(catalogue: Catalogue): string {
  const rows = catalogue.operations().flatMap((operation) => {
    const queue = operation.bindings.rabbitmq?.queue;
    if (queue === undefined) return [];
    const handlers = list(catalogue.handlersOf(operation));
    return [[code(queue), nameOf(operation), handlers, code(deadLetterQueueOf(queue))]];
  });
  return `## Queues\n\n${table(['queue', 'carries', 'handled by', 'dead-letter queue'], rows)}`;
}

/** A row per topic and consumer group; one more for the messages that no group takes. */
function topics(catalogue: Catalogue): string {
  const messages = catalogue.messages().filter((message) => topicOf(message) !== undefined);
  const rows = [...Map.groupBy(messages, (message) => topicOf(message)!)].flatMap(([topic, carried]) => {
    const groups = [...new Set(carried.flatMap((message) => catalogue.handlersOf(message)))];
    const names = (some: Message[]) => some.map(nameOf).join(', ');
    const takenBy = (group: string) => carried.filter((message) => catalogue.handlersOf(message).includes(group));
    const untaken = carried.filter((message) => !catalogue.handlersOf(message).length);
    return [
      ...groups.map((group) => [code(topic), names(takenBy(group)), group, code(deadLetterTopicOf(topic, group))]),
      ...(untaken.length ? [[code(topic), names(untaken), NOBODY, '']] : []),
    ];
  });
  return `## Topics\n\n${table(['topic', 'carries', 'consumer group', 'dead-letter topic'], rows)}`;
}

function service(catalogue: Catalogue, { name, contracts, events }: ContractFile): string {
  return [
    `## ${name}\n`,
    ...Object.values(contracts).flatMap((contract) => [
      contractLine(catalogue, contract),
      ...Object.values(contract).map((operation) => operationSection(catalogue, operation)),
    ]),
    ...Object.values(events).map((event) => eventSection(catalogue, event)),
  ].join('\n');
}

function contractLine(catalogue: Catalogue, contract: Contract): string {
  const clients = catalogue.clientsOf(contract).join(', ') || 'none';
  return `${code(Object.values(contract)[0]!.service)}. Apps that have a client of it: ${clients}.\n`;
}

function operationSection(catalogue: Catalogue, operation: Operation): string {
  const { kind, bindings } = operation;
  const senders = catalogue.sendersOf(operation);
  const hasDeadLetters = bindings.rabbitmq !== undefined || bindings.kafka !== undefined;
  return [
    `### ${nameOf(operation)}\n`,
    `- ${kind}, input: ${code(bindings.input.name)}`,
    `- ${kind === 'command' ? 'sent' : 'called'} by: ${senders.length || !isOpen(operation) ? list(senders) : 'no app, only clients outside'}`,
    `- handled by: ${list(catalogue.handlersOf(operation))}\n`,
    table(
      ['transport', 'operation', 'address', ...(hasDeadLetters ? ['dead letters'] : [])],
      transportRows(catalogue, operation),
    ),
  ].join('\n');
}

function transportRows(catalogue: Catalogue, operation: Operation): string[][] {
  const { addresses, host } = catalogue.facts;
  const { http, rabbitmq, kafka } = operation.bindings;
  const handlers = catalogue.handlersOf(operation);
  const portsOf = (transport: 'http' | 'grpc', scheme: string) =>
    list(
      handlers.map((app) => {
        const port = addresses.apps[app]?.[transport];
        return port ? code(`${scheme}${host}:${port}`) : `**⚠ ${app} has no port**`;
      }),
    );
  const rows: string[][] = [];
  if (http) rows.push(['HTTP', code(http), portsOf('http', 'http://')]);
  if (hasGrpc(operation)) rows.push(['gRPC', code(`/${operation.name}`), portsOf('grpc', '')]);
  if (rabbitmq) {
    const { queue } = rabbitmq;
    rows.push(['RabbitMQ', `queue ${code(queue)}`, code(addresses.rabbitmq!), code(deadLetterQueueOf(queue))]);
  }
  if (kafka) {
    const dead = handlers.map((group) => code(deadLetterTopicOf(kafka.topic, group)));
    rows.push(['Kafka', `topic ${code(kafka.topic)}`, code(addresses.kafka!), dead.join(', ')]);
  }
  return rows;
}

function eventSection(catalogue: Catalogue, event: Event): string {
  const { type, topic, key, input } = event;
  const groups = catalogue.handlersOf(event);
  return [
    `### ${nameOf(event)}\n`,
    `- event ${code(type)}, input: ${code(input.name)}`,
    `- topic: ${code(topic)}, key: ${code(key)}`,
    `- published by: ${list(catalogue.sendersOf(event))}\n`,
    table(
      ['heard by', 'dead-letter topic'],
      groups.length ? groups.map((group) => [group, code(deadLetterTopicOf(topic, group))]) : [[NOBODY, '']],
    ),
  ].join('\n');
}

/** `PlaceOrder`, `OrderPlaced` */
function nameOf(message: Message): string {
  return isEvent(message) ? message.type.split('.').at(-1)! : message.method;
}

function fullNameOf(message: Message): string {
  return isEvent(message) ? message.type : message.name;
}

function table(heads: string[], rows: string[][]): string {
  if (!rows.length) return 'None.\n';
  const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function list(names: string[]): string {
  return names.join(', ') || NOBODY;
}

function code(text: string): string {
  return `\`${text}\``;
}
