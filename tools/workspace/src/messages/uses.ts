import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract } from '@fourfold/contracts/contract';
import type { Event } from '@fourfold/contracts/event';
import ts from 'typescript';
import { type ContractFile, isEvent, type Message } from './contracts.ts';

/** What the code of one app does with the messages. */
export interface Uses {
  app: string;
  /** `@Implements(Contract)` and `@On(event)`. */
  handles: Set<Message>;
  /** Operations that it calls through a client; events and commands that it names other than to handle them. */
  sends: Set<Message>;
  /** `clientOf(Contract)` */
  clients: Set<Contract>;
}

/** Reads the sources in `folder` without their tests, by syntax alone: no type is looked up. */
export function usesOf(app: string, folder: string, contracts: ContractFile[]): Uses {
  const files = globSync('**/*.ts', { cwd: folder, exclude: ['**/*.{spec,suite,fixture}.ts'] });
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  return usesIn(app, texts, contracts);
}

export function usesIn(app: string, texts: string[], contracts: ContractFile[]): Uses {
  const files = texts.map((text) => new AppFile(text, contracts));
  const clients = new Map(files.flatMap((file) => file.clients()));
  return {
    app,
    handles: new Set(files.flatMap((file) => file.handled())),
    sends: new Set(files.flatMap((file) => [...file.sent(), ...file.called(clients)])),
    clients: new Set(clients.values()),
  };
}

class AppFile {
  private readonly nodes: ts.Node[];
  /** What it imports from libs/contracts, by the name that it has here. */
  private readonly contracts = new Map<string, Contract>();
  private readonly events = new Map<string, Event>();

  constructor(text: string, contracts: ContractFile[]) {
    this.nodes = nodesIn(ts.createSourceFile('app.ts', text, ts.ScriptTarget.Latest, true));
    for (const one of this.nodes.filter(ts.isImportSpecifier)) {
      const from = (one.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text;
      const file = contracts.find(({ name }) => from.endsWith(`/contracts/${name}`));
      const exported = (one.propertyName ?? one.name).text;
      const [contract, event] = [file?.contracts[exported], file?.events[exported]];
      if (contract) this.contracts.set(one.name.text, contract);
      if (event) this.events.set(one.name.text, event);
    }
  }

  handled(): Message[] {
    const contracts = this.callsOf('Implements').map((call) => this.contractAt(call.arguments[0]) ?? {});
    const events = this.callsOf('On').flatMap((call) => this.eventAt(call.arguments[0]) ?? []);
    return [...contracts.flatMap((contract) => Object.values(contract)), ...events];
  }

  /** The classes and variables that are clients. */
  clients(): [name: string, Contract][] {
    return this.callsOf('clientOf').flatMap((call): [string, Contract][] => {
      const contract = this.contractAt(call.arguments[0]);
      const declared = ts.findAncestor(call, (node) => ts.isClassDeclaration(node) || ts.isVariableDeclaration(node));
      return contract && declared?.name ? [[declared.name.getText(), contract]] : [];
    });
  }

  /** The operations that are called on what is declared as a client: `private readonly orders: OrdersClient`. */
  called(clients: ReadonlyMap<string, Contract>): Message[] {
    const holders = new Map<string, Contract>();
    for (const node of this.nodes.filter(isDeclaration))
      for (const [client, contract] of clients)
        if (mentions(node.type ?? node.initializer, client)) holders.set(node.name.getText(), contract);
    return this.nodes.filter(ts.isPropertyAccessExpression).flatMap(({ expression, name }) => {
      const holder = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
      return holders.get(holder)?.[name.text] ?? [];
    });
  }

  /** The events and commands that are values here: an argument of `outbox.add`, or on the way there. */
  sent(): Message[] {
    return this.nodes.filter(isSendable).flatMap((node) => {
      const message = this.eventAt(node) ?? this.operationAt(node);
      return message && (isEvent(message) || message.kind === 'command') ? [message] : [];
    });
  }

  private callsOf(callee: string): ts.CallExpression[] {
    return this.nodes.filter(ts.isCallExpression).filter((call) => call.expression.getText() === callee);
  }

  private eventAt(node: ts.Node | undefined): Event | undefined {
    return node && ts.isIdentifier(node) ? this.events.get(node.text) : undefined;
  }

  private contractAt(node: ts.Node | undefined): Contract | undefined {
    return node && ts.isIdentifier(node) ? this.contracts.get(node.text) : undefined;
  }

  /** `PaymentsContract.chargePayment` */
  private operationAt(node: ts.Node): Message | undefined {
    return ts.isPropertyAccessExpression(node) ? this.contractAt(node.expression)?.[node.name.text] : undefined;
  }
}

function nodesIn(node: ts.Node): ts.Node[] {
  const nodes = [node];
  ts.forEachChild(node, (child) => void nodes.push(...nodesIn(child)));
  return nodes;
}

/** Whether it is a value that is handed on: not in a type or import, nor a name that is declared, read from, or subscribed to. */
function isSendable(node: ts.Node): boolean {
  const { parent } = node;
  if (!parent || ts.isTypeQueryNode(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent))
    return false;
  if (ts.isPropertyAccessExpression(parent)) return false;
  if (ts.isCallExpression(parent) && parent.expression.getText() === 'On') return false;
  return ts.isShorthandPropertyAssignment(parent) || (parent as Partial<ts.NamedDeclaration>).name !== node;
}

function isDeclaration(
  node: ts.Node,
): node is ts.ParameterDeclaration | ts.PropertyDeclaration | ts.VariableDeclaration {
  return ts.isParameter(node) || ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node);
}

function mentions(node: ts.Node | undefined, name: string): boolean {
  return node !== undefined && nodesIn(node).some((one) => ts.isIdentifier(one) && one.text === name);
}
