/** Compares what the source of an app declares, in main.ts and in its modules, with what system.ts states of the app. */
import ts from 'typescript';
import { type App, grpcVariable, type Need } from '../system.ts';

/** What the source of one app declares. */
export interface AppSource {
  /** Of `startService`. */
  name: string;
  /** Of `startService`: `grpc`, `rabbitmq`, `kafka`. */
  transports: readonly string[];
  /** The kinds of message that a module publishes: `command`, `event`. */
  publishes: readonly string[];
  /** Whether a module imports `DatabaseModule.forRoot`. */
  database: boolean;
  /** The variables that clients are given as their address: `INVENTORY_GRPC_URL`. */
  clients: readonly string[];
}

/** Reads an app's files. Throws if a value is computed, because only literals can be compared. */
export function readSource(texts: readonly string[]): AppSource {
  const calls = texts.flatMap(callsIn);
  const service = calls.find(({ name }) => name === 'startService')?.options;
  const modules = calls.filter(({ name }) => name.endsWith('.forRoot'));
  return {
    name: stringsOf(service, 'name')[0] ?? '',
    transports: stringsOf(service, 'transports'),
    publishes: modules.flatMap(({ options }) => stringsOf(options, 'publishes')),
    database: modules.some(({ name }) => name === 'DatabaseModule.forRoot'),
    clients: calls.filter(({ name }) => CLIENT.test(name)).map(({ argument }) => variableOf(argument)),
  };
}

/** One line for each fact that the app and system.ts state differently: `orders: gRPC: system.ts states …, main.ts states …`. */
export function differences(app: App, source: AppSource): string[] {
  const transports = `main.ts states transports ${list(source.transports)}`;
  const broker = `${transports}, its modules state publishes ${list(source.publishes)} and clients at ${list(source.clients)}`;
  const needs = `system.ts states needs ${list(app.needs)}`;
  const needsBroker = (need: Need, kind: string, variable: string) =>
    source.transports.includes(need) || source.publishes.includes(kind) || source.clients.includes(variable);
  const called = source.clients.filter((variable) => variable.endsWith(GRPC_URL));
  const facts: Fact[] = [
    ['name', app.name, source.name, `system.ts states ${app.name}`, `main.ts states ${source.name}`],
    [
      'gRPC',
      !!app.grpc,
      source.transports.includes('grpc'),
      `system.ts states ${app.grpc ? `grpc: ${app.grpc}` : 'no grpc port'}`,
      transports,
    ],
    ['RabbitMQ', app.needs.includes('rabbitmq'), needsBroker('rabbitmq', 'command', 'RABBITMQ_URL'), needs, broker],
    ['Kafka', app.needs.includes('kafka'), needsBroker('kafka', 'event', 'KAFKA_BROKERS'), needs, broker],
    [
      'database',
      app.needs.includes('database'),
      source.database,
      needs,
      `its modules ${source.database ? '' : 'do not '}import DatabaseModule.forRoot`,
    ],
    [
      'calls',
      list(app.calls.map(grpcVariable).sort()),
      list(called.toSorted()),
      `system.ts states calls ${list(app.calls)}`,
      `its modules have gRPC clients at ${list(called)}`,
    ],
  ];
  return facts
    .filter(([, inSystem, inSource]) => inSystem !== inSource)
    .map(([fact, , , systemStates, sourceStates]) => `${app.name}: ${fact}: ${systemStates}, ${sourceStates}`);
}

/** A fact, its value in system.ts and in the source, and both statements in words. */
type Fact = [fact: string, inSystem: unknown, inSource: unknown, systemStates: string, sourceStates: string];

/** The functions of libs/transport that are given the address of a client's server. */
const CLIENT = /^(grpc|http|rabbitMq|kafka)Client$/;
const GRPC_URL = '_GRPC_URL';

/** One call in a file: `startService({ … })`. */
interface Call {
  name: string;
  argument: ts.Expression | undefined;
  options: ts.ObjectLiteralExpression | undefined;
}

function callsIn(text: string): Call[] {
  const calls: Call[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [argument] = node.arguments;
      const options = argument && ts.isObjectLiteralExpression(argument) ? argument : undefined;
      calls.push({ name: node.expression.getText(), argument, options });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('app.ts', text, ts.ScriptTarget.Latest, true));
  return calls;
}

/** The string, or the strings of the array, that an object has at a key; none if it has no such key. */
function stringsOf(object: ts.ObjectLiteralExpression | undefined, key: string): string[] {
  const property = object?.properties.find((one) => one.name?.getText() === key);
  if (!property) return [];
  const value = ts.isPropertyAssignment(property) ? property.initializer : property;
  const values = ts.isArrayLiteralExpression(value) ? [...value.elements] : [value];
  return values.map((one) => {
    if (ts.isStringLiteralLike(one)) return one.text;
    throw new Error(`${property.getText()}: write the value as literals, so that it can be compared with system.ts`);
  });
}

/** `config.INVENTORY_GRPC_URL` or `INVENTORY_GRPC_URL` -> `INVENTORY_GRPC_URL` */
function variableOf(argument: ts.Expression | undefined): string {
  if (argument && ts.isPropertyAccessExpression(argument)) return argument.name.text;
  if (argument && ts.isIdentifier(argument)) return argument.text;
  throw new Error(
    `${argument?.getText()}: give a client its address as config.X_GRPC_URL, to compare it with system.ts`,
  );
}

function list(values: readonly string[]): string {
  return `[${values.join(', ')}]`;
}
