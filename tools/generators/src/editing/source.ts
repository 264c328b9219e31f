import ts from 'typescript';
import { TextFile } from './text-file.ts';

/** A TypeScript file of the tree, edited by its syntax, whatever its formatting. */
export class Source extends TextFile {
  /** Imports a name unless it is imported; `type X` for a type. Throws if the name is something else in this file. */
  import(name: string, from: string): this {
    const bare = name.replace(/^type /, '');
    const imports = this.file.statements.filter(ts.isImportDeclaration);
    const same = imports.filter((one) => specifierOf(one) === from);
    const named = same.flatMap((one) => namesOf(one)?.elements ?? []);
    if (named.some((one) => one.name.text === bare && !one.propertyName)) return this;
    if (this.declares(bare))
      throw new Error(`${this.path} has a ${bare} that does not come from ${from}: rename it first`);
    const open = same.find((one) => namesOf(one) && !one.importClause!.isTypeOnly);
    if (open) return this.insertSorted(namesOf(open)!, name);
    const statement = name === bare ? `import { ${bare} } from '${from}';` : `import type { ${bare} } from '${from}';`;
    const before = imports.find((one) => rankOf(specifierOf(one)) > rankOf(from));
    if (before) return this.insert(before.getStart(this.file), `${statement}\n`);
    const last = imports.at(-1);
    return last ? this.insert(last.end, `\n${statement}`) : this.insert(0, `${statement}\n\n`);
  }

  /** Inserts declarations before an exported one that uses them while the file is loaded. */
  insertBefore(name: string, text: string): this {
    const declared = this.exported().get(name);
    if (!declared) throw this.lacks(`export ${name}`);
    let statement = declared;
    while (!ts.isSourceFile(statement.parent)) statement = statement.parent;
    const before = this.file.statements.findLast((one) => one.end <= statement.pos);
    if (before && ts.isClassDeclaration(before)) return this.insert(before.end, `\n${text.trim()}`); // DTO classes stand together
    return this.insert(statement.getStart(this.file, true), `${text.trim()}\n\n`);
  }

  /** Whether something of this name is exported. */
  exports(name: string): boolean {
    return this.exported().has(name);
  }

  /** Whether a name is taken at the top of the file: declared, or imported. */
  declares(name: string): boolean {
    const imported = this.file.statements.filter(ts.isImportDeclaration).flatMap(localNamesOf);
    return imported.includes(name) || this.declared(() => true).has(name);
  }

  /** What the file exports by name. */
  exported(): Map<string, ts.Node> {
    return this.declared((one) => ts.canHaveModifiers(one) && Boolean(ts.getModifiers(one)?.some(isExport)));
  }

  /** Whether a class has a method or property of this name. */
  hasMember(className: string, name: string): boolean {
    const { members } = this.class(className);
    const parameters = members.find(ts.isConstructorDeclaration)?.parameters ?? [];
    return [...members, ...parameters].some((one) => one.name?.getText(this.file) === name);
  }

  /** The declared return type of a method: `Promise<Order>`. */
  returnTypeOf(className: string, method: string): string | undefined {
    const found = this.class(className)
      .members.filter(ts.isMethodDeclaration)
      .find((one) => one.name.getText(this.file) === method);
    return found?.type?.getText(this.file);
  }

  /** The fields of a class. */
  fieldsOf(className: string): string[] {
    return this.class(className)
      .members.filter(ts.isPropertyDeclaration)
      .map((one) => one.name.getText(this.file));
  }

  /** The name of the constructor's parameter of this type, if there is one. */
  injected(className: string, type: string): string | undefined {
    const constructor = this.class(className).members.find(ts.isConstructorDeclaration);
    return constructor?.parameters.find((one) => one.type?.getText(this.file) === type)?.name.getText(this.file);
  }

  /** Adds a member at the end of a class, after an empty line. */
  addMember(className: string, text: string): this {
    return this.insert(this.class(className).end - 1, `\n${text.trimEnd()}\n`);
  }

  /** Gives the constructor `private readonly name: type` unless it has it. Adds a constructor if there is none. */
  inject(className: string, name: string, type: string): this {
    const declared = this.class(className);
    const parameter = `private readonly ${name}: ${type}`;
    const constructor = declared.members.find(ts.isConstructorDeclaration);
    if (!constructor) {
      const first = declared.members.find(ts.isMethodDeclaration);
      return this.insert(first?.getFullStart() ?? declared.end - 1, `\n  constructor(${parameter}) {}\n`);
    }
    if (constructor.parameters.some((one) => one.name.getText(this.file) === name)) return this;
    return this.insertInList(constructor.parameters, constructor.body!.getFullStart() - 1, parameter);
  }

  /** The object that is the argument of a decorator or call, by the name that is called: `Module`, `contract`. */
  argumentOf(callee: string, index = 0): ts.ObjectLiteralExpression {
    const call = this.find(
      (node): node is ts.CallExpression => ts.isCallExpression(node) && node.expression.getText(this.file) === callee,
    );
    const argument = call?.arguments[index];
    if (!argument || !ts.isObjectLiteralExpression(argument)) throw this.lacks(`${callee}({ … })`);
    return argument;
  }

  /** The array that is the value of a variable. */
  arrayOf(variable: string): ts.ArrayLiteralExpression {
    const found = this.find(
      (node): node is ts.VariableDeclaration =>
        ts.isVariableDeclaration(node) && node.name.getText(this.file) === variable,
    );
    let value = found?.initializer;
    while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
    if (!value || !ts.isArrayLiteralExpression(value)) throw this.lacks(`${variable} = [ … ]`);
    return value;
  }

  /** The value of an object's property, if present. For a shorthand, its name. */
  propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
    const found = object.properties.find((one) => one.name && unquoted(one.name.getText(this.file)) === name);
    return found && (ts.isPropertyAssignment(found) ? found.initializer : (found.name as ts.Expression));
  }

  /** The objects that are properties of an object, by name. */
  objectsIn(object: ts.ObjectLiteralExpression): [string, ts.ObjectLiteralExpression][] {
    return object.properties.flatMap((one): [string, ts.ObjectLiteralExpression][] =>
      ts.isPropertyAssignment(one) && ts.isObjectLiteralExpression(one.initializer)
        ? [[one.name.getText(this.file), one.initializer]]
        : [],
    );
  }

  /** Adds `text` to an object: `name: value`. */
  addProperty(object: ts.ObjectLiteralExpression, text: string): this {
    return this.insertInList(object.properties, object.end - 1, text);
  }

  /** Adds `text` to an array, unless it has it. */
  addElement(array: ts.ArrayLiteralExpression, text: string): this {
    if (array.elements.some((one) => unquoted(one.getText(this.file)) === unquoted(text))) return this;
    return this.insertInList(array.elements, array.end - 1, text);
  }

  /** Removes elements from an array, each with its comma and the comments above it. */
  removeElements(array: ts.ArrayLiteralExpression, goes: (element: ts.Expression) => boolean): this {
    const { elements } = array;
    const kept = elements.map((one, index) =>
      goes(one) ? '' : this.text.slice(one.pos, elements[index + 1]?.pos ?? one.end),
    );
    const end = kept.some(Boolean) ? elements.end : array.end - 1;
    this.text = this.text.slice(0, elements.pos) + kept.join('') + this.text.slice(end);
    return this;
  }

  /** Adds to the array that is a property of an object. Adds the property if it is missing. */
  addToProperty(object: () => ts.ObjectLiteralExpression, name: string, text: string): this {
    const array = this.propertyOf(object(), name);
    if (!array) return this.addProperty(object(), `${name}: [${text}]`);
    if (!ts.isArrayLiteralExpression(array)) throw this.lacks(`${name}: [ … ]`);
    return this.addElement(array, text);
  }

  textOf(node: ts.Node): string {
    return node.getText(this.file);
  }

  private get file(): ts.SourceFile {
    return ts.createSourceFile(this.path, this.text, ts.ScriptTarget.Latest, true);
  }

  private declared(counts: (statement: ts.Statement) => boolean): Map<string, ts.Node> {
    const found = new Map<string, ts.Node>();
    for (const statement of this.file.statements.filter(counts))
      if (ts.isVariableStatement(statement))
        for (const one of statement.declarationList.declarations) found.set(one.name.getText(this.file), one);
      else if ('name' in statement && statement.name) found.set((statement.name as ts.Identifier).text, statement);
    return found;
  }

  private class(name: string): ts.ClassDeclaration {
    const found = this.find(
      (node): node is ts.ClassDeclaration => ts.isClassDeclaration(node) && node.name?.text === name,
    );
    if (!found) throw this.lacks(`class ${name}`);
    return found;
  }

  private find<T extends ts.Node>(matches: (node: ts.Node) => node is T): T | undefined {
    const visit = (node: ts.Node): T | undefined => (matches(node) ? node : ts.forEachChild(node, visit));
    return visit(this.file);
  }

  /** Before the first name that comes later in the alphabet; the order of a list without one is left alone. */
  private insertSorted({ elements, end }: ts.NamedImports, name: string): this {
    const names = elements.map((one) => one.name.text.toLowerCase());
    const isSorted = names.every((one, at) => !at || names[at - 1]! <= one);
    const later = names.findIndex((one) => one > name.replace(/^type /, '').toLowerCase());
    if (!isSorted || later < 0) return this.insertInList(elements, end - 1, name);
    return this.insert(elements[later]!.getStart(this.file), `${name}, `);
  }

  /** After the last element, or at `end` if there is none. */
  private insertInList(list: ts.NodeArray<ts.Node>, end: number, text: string): this {
    const last = list.at(-1);
    if (!last) return this.insert(end, text);
    // a comma, and a comment on the same line, belong to the last one
    const [all, comma, comment] = /^(\s*,)?([^\S\n]*(?:\/\/[^\n]*|\/\*[^\n]*?\*\/))?/.exec(this.text.slice(last.end))!;
    if (comma) return this.insert(last.end + all.length, comment ? `\n${text},` : ` ${text},`);
    if (comment) this.insert(last.end + all.length, `\n${text}`).insert(last.end, ',');
    else this.insert(last.end, `, ${text}`);
    return this;
  }

  private lacks(what: string): Error {
    return new Error(`${this.path} has no ${what}: it was edited by hand, so make this change by hand too`);
  }
}

const isExport = (modifier: ts.Modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword;
const specifierOf = (one: ts.ImportDeclaration): string => (one.moduleSpecifier as ts.StringLiteral).text;
const namesOf = (one: ts.ImportDeclaration): ts.NamedImports | undefined => {
  const bindings = one.importClause?.namedBindings;
  return bindings && ts.isNamedImports(bindings) ? bindings : undefined;
};

/** What an import binds in its file. */
const localNamesOf = ({ importClause }: ts.ImportDeclaration): string[] => {
  const bindings = importClause?.namedBindings;
  const named = bindings && (ts.isNamedImports(bindings) ? [...bindings.elements] : [bindings]);
  return [importClause, ...(named ?? [])].flatMap((one) => one?.name?.text ?? []);
};

/** A name, or a string without its quotes. */
const unquoted = (text: string): string => text.replace(/^(['"`])(.*)\1$/, '$2');

/** Packages come before files, by name. Node's and Nest's come first. */
const rankOf = (from: string): string => {
  if (from.startsWith('node:')) return `0${from}`;
  if (from.startsWith('@nestjs/')) return `1${from}`;
  return from.startsWith('.') ? `3${from}` : `2${from}`;
};
