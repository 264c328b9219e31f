import ts from 'typescript';

/** The parts of a TypeScript file, one per line: imports, exported declarations, members with their decorators and types. */
export const shapeOf = (path: string, text: string): string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return importsOf(statement);
    if (ts.isClassDeclaration(statement)) return classOf(statement);
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map((one) => `const ${one.name.getText()}`);
    if (ts.isInterfaceDeclaration(statement)) return [`interface ${statement.name.text}`];
    return [];
  });
};

const importsOf = ({ importClause, moduleSpecifier }: ts.ImportDeclaration): string[] => {
  const from = (moduleSpecifier as ts.StringLiteral).text;
  const named = importClause?.namedBindings;
  const names = named && ts.isNamedImports(named) ? named.elements.map((one) => one.name.text) : ['default'];
  return names.map((name) => `import ${name} from ${from}`);
};

const classOf = (declared: ts.ClassDeclaration): string[] => {
  const name = declared.name!.text;
  const members = declared.members.flatMap((member) => {
    if (ts.isConstructorDeclaration(member))
      return member.parameters.map((one) => `${name} has ${one.name.getText()}: ${one.type?.getText()}`);
    const parameters = ts.isMethodDeclaration(member) ? member.parameters.map(parameterOf).join(', ') : '';
    return [`${decoratorsOf(member)}${name}.${member.name?.getText()}(${parameters})`];
  });
  return [`${decoratorsOf(declared)}class ${name}`, ...members];
};

const parameterOf = (one: ts.ParameterDeclaration): string => `${decoratorsOf(one)}${one.type?.getText()}`;

const decoratorsOf = (node: ts.Node): string =>
  (ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [])
    .map((one) => `${one.getText().split('(')[0]} `)
    .join('');
