/**
 * Which code of a bundled handler can run?
 */
import ts from 'typescript';

export interface Names {
  /** Imported from a module that is not ours: local name → module and the name there. */
  readonly imported: ReadonlyMap<string, { readonly module: string; readonly name: string }>;
  /** Declared at the top: name → declaration. */
  readonly declared: ReadonlyMap<string, ts.Node>;
}

export function namesOf(module: ts.SourceFile): Names {
  const imported = new Map<string, { module: string; name: string }>();
  const declared = new Map<string, ts.Node>();
  for (const statement of module.statements) {
    if (ts.isImportDeclaration(statement)) {
      const from = ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : '';
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
      for (const one of bindings.elements) {
        imported.set(one.name.text, { module: from, name: (one.propertyName ?? one.name).text });
      }
    } else if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) {
        eachName(declaration.name, (name) => declared.set(name, declaration));
      }
    } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
      declared.set(statement.name.text, statement);
    }
  }
  return { imported, declared };
}

function eachName(binding: ts.BindingName, take: (name: string) => void): void {
  if (ts.isIdentifier(binding)) take(binding.text);
  else for (const one of binding.elements) if (ts.isBindingElement(one)) eachName(one.name, take);
}

/**
 * Every node that can run: of declarations the handler reaches whole, of the others what runs at load. A member that is a
 * function (`{ open() {…} }`) can run once its name is mentioned somewhere in what runs.
 */
export function reachable(module: ts.SourceFile, { declared }: Names): Set<ts.Node> {
  const nodes = new Set<ts.Node>();
  const mentioned = new Set<string>();
  const waiting = new Map<string, ts.Node[]>();
  let anyMember = false;
  const mention = (name: string) => {
    mentioned.add(name);
    const members = waiting.get(name) ?? [];
    waiting.delete(name);
    for (const member of members) visit(member, false);
  };
  const visit = (node: ts.Node, atLoad: boolean): void => {
    if (nodes.has(node) || (atLoad && ts.isFunctionLike(node))) return;
    const member = memberFunction(node);
    if (member !== undefined && !mentioned.has(member) && !anyMember) {
      waiting.set(member, [...(waiting.get(member) ?? []), node]);
      return;
    }
    nodes.add(node);
    for (const name of namesMentioned(node)) mention(name);
    const table = calledTable(node);
    if (table !== undefined) {
      const members = ts.isIdentifier(table) ? membersOf(declared.get(table.text)) : undefined;
      anyMember ||= members === undefined;
      for (const name of members ?? [...waiting.keys()]) mention(name);
    }
    // At load a name is only read; what it holds runs where it is called.
    const called = !atLoad || (ts.isCallExpression(node.parent) && node.parent.expression === node);
    if (ts.isIdentifier(node) && called && isReference(node)) {
      const declaration = declared.get(node.text);
      if (declaration !== undefined) visit(declaration, false);
    }
    node.forEachChild((child) => visit(child, atLoad));
  };
  const handler = declared.get('handler');
  if (handler !== undefined) visit(handler, false);
  for (const statement of module.statements) if (runsAtLoad(statement)) visit(statement, true);
  return nodes;
}

/** The name of a function that is a member of an object or a class. */
function memberFunction(node: ts.Node): string | undefined {
  const isFunction =
    ts.isMethodDeclaration(node) ||
    ts.isAccessor(node) ||
    (ts.isPropertyAssignment(node) && ts.isFunctionLike(node.initializer));
  return isFunction && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)) ? node.name.text : undefined;
}

/** Names of members that a node takes from an object: `a.name`, `a['name']`, `const { name } = a`. */
function namesMentioned(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node)) return isIndexOfEntity(node) ? [] : [node.name.text];
  if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression)) {
    return [node.argumentExpression.text];
  }
  if (!ts.isBindingElement(node)) return [];
  const name = node.propertyName ?? node.name;
  return ts.isIdentifier(name) ? [name.text] : [];
}

/** `Entity.query.open`: an index of ElectroDB, and no function of ours. */
const isIndexOfEntity = ({ expression }: ts.PropertyAccessExpression) =>
  ts.isPropertyAccessExpression(expression) && expression.name.text === 'query';

/** The table of `table[name](…)`: any of its members may be called. */
function calledTable(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node) || !ts.isElementAccessExpression(node.expression)) return undefined;
  const { expression: table, argumentExpression: key } = node.expression;
  return ts.isStringLiteral(key) || key.getText().startsWith('Symbol.') ? undefined : table;
}

/** Of `const table = {…}`; undefined where it is made in another way. */
function membersOf(declaration: ts.Node | undefined): string[] | undefined {
  const table = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  if (table === undefined || !ts.isObjectLiteralExpression(table)) return undefined;
  return table.properties.flatMap((one) => memberFunction(one) ?? []);
}

const runsAtLoad = (statement: ts.Statement) =>
  !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement) && !ts.isFunctionDeclaration(statement);

/** Whether an identifier stands for a variable, and not for a property or a key. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent));
}
