/**
 * What can a handler's bundle do? Derived from its code, so that a grant which nothing uses and a call which nothing
 * grants are both seen.
 *
 * Each handler is bundled with everything that is not ours left outside, so what remains is our own code and the calls it
 * makes by name: `new GetObjectCommand(…)`, `new Upload(…)`, `Entity.query.byFile(…)….go(…)`. Counted is what can run: what
 * the handler reaches by name, and what runs while the module is loaded. A class counts as a whole.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Grant } from '../../../packages/functions/src/workflows.ts';
import type { Esbuild } from '../synth/platform-modules.ts';
import { loadPlatform } from '../synth/platform-modules.ts';
import { type Entry, entriesOf, type Registry } from './parts.ts';
import { type Names, namesOf, reachable } from './reachable.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** What of a bundle decides what its role must allow. */
export interface Capability {
  readonly grants: ReadonlySet<Grant>;
  /** Links it asks for by name, App and secrets aside. */
  readonly links: ReadonlySet<string>;
  /** Calls this check cannot place, in words. */
  readonly unknown: readonly string[];
}

/** Commands of the SDK, and what each needs. `undefined`: known by the link of the queue, see `noteLink`. */
const COMMANDS: Readonly<Record<string, readonly Grant[] | undefined>> = {
  GetObjectCommand: ['streams:read'],
  HeadObjectCommand: ['streams:read'],
  ListObjectsV2Command: ['streams:read'],
  PutObjectCommand: ['streams:write'],
  CreateMultipartUploadCommand: ['streams:write'],
  UploadPartCommand: ['streams:write'],
  CompleteMultipartUploadCommand: ['streams:write'],
  AbortMultipartUploadCommand: ['streams:write'],
  GetCommand: ['state:get'],
  BatchGetCommand: ['state:get-many'],
  QueryCommand: ['state:query'],
  PutCommand: ['state:put'],
  UpdateCommand: ['state:update'],
  DeleteCommand: ['state:delete'],
  BatchWriteCommand: ['state:write-many'],
  PutEventsCommand: ['bus:publish'],
  PublishCommand: ['alerts:publish'],
  PutRecordBatchCommand: [], // to delivery streams of a team's own: see the pipeline's reach.ts
  AssumeRoleCommand: [], // the same
  SendMessageCommand: undefined,
  SendMessageBatchCommand: undefined,
};

/** The first word after an ElectroDB entity, of a chain that ends in `go()`. */
const METHODS: Readonly<Record<string, Grant>> = {
  get: 'state:get',
  query: 'state:query',
  put: 'state:put',
  create: 'state:put',
  upsert: 'state:update',
  update: 'state:update',
  patch: 'state:update',
  delete: 'state:delete',
  remove: 'state:delete',
};

const isSdk = (module: string) => module.startsWith('@aws-sdk/');

/** Every entry's grants are what its bundle needs: no less and no more. Returns its violations in words. */
export async function grantsFitBundles(registry: Registry): Promise<string[]> {
  const entries = entriesOf(registry);
  const bundles = await bundle(entries);
  return entries.flatMap((entry) => {
    const code = bundles.get(entry.name);
    return code === undefined ? [`${entry.name}: was not bundled`] : grantsFit(entry, capabilityOf(code));
  });
}

export function grantsFit({ name, grants }: Pick<Entry, 'name' | 'grants'>, needed: Capability): string[] {
  const granted = new Set(grants);
  const missing = [...needed.grants].filter((grant) => !granted.has(grant));
  // A secret may be held ready for a route or a copy to come: until one names it, it is a placeholder.
  const idle = [...granted].filter((grant) => !needed.grants.has(grant) && !grant.startsWith('secret:'));
  const linked = new Set(grants.map((grant) => LINKS[grant.slice(0, grant.indexOf(':'))]));
  const unlinked = [...needed.links].filter((link) => !linked.has(link));
  return [
    ...missing.map((grant) => `${name}: its code needs the grant ${grant}`),
    ...idle.map((grant) => `${name}: nothing in its code uses the grant ${grant}`),
    ...unlinked.map((link) => `${name}: its code asks for the link ${link}, which no grant brings`),
    ...needed.unknown.map((call) => `${name}: ${call}`),
  ];
}

const LINKS: Readonly<Record<string, string>> = {
  streams: 'Streams',
  state: 'State',
  bus: 'Events',
  deliveries: 'Deliveries',
  alerts: 'Alerts',
};

/** The code of each entry by its name: ours alone, the workspace's packages inlined and all others imported. */
async function bundle(entries: readonly Entry[]): Promise<Map<string, string>> {
  const ours: Esbuild.Plugin = {
    name: 'ours-only',
    setup: (build) =>
      build.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
        kind === 'entry-point' || name.startsWith('@millrace/') ? undefined : { path: name, external: true },
      ),
  };
  const { outputFiles = [] } = await loadPlatform(root).esbuild.build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map(({ name, handler }) => [name, handler.replace(/\.[^.]+$/, '.ts')])),
    outdir: 'bundles',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    logLevel: 'silent',
    plugins: [ours],
  });
  return new Map(outputFiles.map((file) => [path.basename(file.path, '.js'), file.text]));
}

/** @param code an ES module in which no inner name hides a top-level one, as esbuild makes it; exports `handler`. */
export function capabilityOf(code: string): Capability {
  const module = ts.createSourceFile('bundle.js', code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const found = { grants: new Set<Grant>(), links: new Set<string>(), unknown: [] as string[], secrets: false };
  const names = namesOf(module);
  for (const one of module.statements) noteWholesaleImport(one, found);
  for (const node of reachable(module, names)) note(node, names, found);
  const { grants, links, unknown, secrets } = found;
  if (secrets) for (const secret of secretsNamed(module)) grants.add(secret);
  return { grants, links, unknown };
}

interface Found {
  readonly grants: Set<Grant>;
  readonly links: Set<string>;
  readonly unknown: string[];
  secrets: boolean;
}

function note(node: ts.Node, names: Names, found: Found): void {
  if (ts.isNewExpression(node)) noteCommand(node, names, found);
  else if (ts.isCallExpression(node)) noteCall(node, names, found);
}

/** `import * as s3 from '@aws-sdk/client-s3'`: what is called then has no name to be found by. */
function noteWholesaleImport(statement: ts.Statement, { unknown }: Found): void {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return;
  const { text } = statement.moduleSpecifier;
  const clause = statement.importClause;
  const wholesale = clause?.name ?? (clause?.namedBindings && !ts.isNamedImports(clause.namedBindings));
  if (wholesale && isSdk(text)) unknown.push(`imports all of ${text}; import the commands it sends by name`);
}

function noteCommand({ expression }: ts.NewExpression, { imported }: Names, found: Found): void {
  const command = ts.isIdentifier(expression) ? imported.get(expression.text) : undefined;
  if (command === undefined || !isSdk(command.module) || command.name.endsWith('Client')) return;
  if (!(command.name in COMMANDS)) found.unknown.push(`no grant is known to cover ${command.name}`);
  for (const grant of COMMANDS[command.name] ?? []) found.grants.add(grant);
}

function noteCall(node: ts.CallExpression, names: Names, found: Found): void {
  const { expression } = node;
  if (ts.isIdentifier(expression)) {
    if (isNamed(expression, 'linked')) noteLink(node, found);
    if (isNamed(expression, 'secret')) found.secrets = true;
    if (isNamed(expression, 'ownQueueUrl')) found.grants.add('queue:hand-over');
    const called = names.imported.get(expression.text);
    if (called !== undefined && isSdk(called.module)) found.unknown.push(`cannot tell what ${called.name}() calls`);
  } else if (ts.isPropertyAccessExpression(expression) && expression.name.text === 'go') {
    noteEntityCall(expression.expression, names, found);
  }
}

/** esbuild puts a number behind a name that is there twice. */
const isNamed = ({ text }: ts.Identifier, name: string) => text.replace(/\d+$/, '') === name;

/** Our runtime/resource.ts: `linked('Streams', 'name')`. Sending to the delivery queue is known by its link. */
function noteLink({ arguments: [link] }: ts.CallExpression, { links, grants }: Found): void {
  if (link === undefined || !ts.isStringLiteral(link) || link.text === 'App') return;
  links.add(link.text);
  if (link.text === 'Deliveries') grants.add('deliveries:send');
}

/** `Entity.query.byFile(…).gte(…)` of `Entity.query.byFile(…).gte(…).go()`. */
function noteEntityCall(chain: ts.Expression, names: Names, found: Found): void {
  const words: string[] = [];
  let here = chain;
  while (!ts.isIdentifier(here)) {
    if (ts.isPropertyAccessExpression(here)) words.unshift(here.name.text);
    else if (!ts.isCallExpression(here)) return void found.unknown.push(`cannot tell what ${here.getText()} is`);
    here = here.expression;
  }
  const schema = entitySchema(here.text, names);
  const [method = '', index = ''] = words;
  const grant = METHODS[method];
  if (schema === undefined || grant === undefined) {
    found.unknown.push(`cannot tell what ${[here.text, ...words, 'go'].join('.')}() does`);
  } else if (method === 'query' && property(schema, 'indexes', index, 'index') !== undefined) {
    found.grants.add('state:query-index');
  } else found.grants.add(grant);
}

/** The schema of `const name = new Entity({…})`. */
function entitySchema(name: string, { declared, imported }: Names): ts.ObjectLiteralExpression | undefined {
  const declaration = declared.get(name);
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const made = declaration.initializer;
  if (made === undefined || !ts.isNewExpression(made) || !ts.isIdentifier(made.expression)) return undefined;
  const [schema] = made.arguments ?? [];
  const isEntity = imported.get(made.expression.text)?.module === 'electrodb';
  return isEntity && schema !== undefined && ts.isObjectLiteralExpression(schema) ? schema : undefined;
}

function property(object: ts.Expression, ...keys: string[]): ts.Expression | undefined {
  let here: ts.Expression | undefined = object;
  for (const key of keys) {
    if (here === undefined || !ts.isObjectLiteralExpression(here)) return undefined;
    const found: ts.ObjectLiteralElementLike | undefined = here.properties.find(
      (one) => one.name !== undefined && ts.isIdentifier(one.name) && one.name.text === key,
    );
    here = found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
  }
  return here;
}

/** Routes name secrets as `secret: 'Name'`; which of them a message takes is known at run time only. */
function secretsNamed(module: ts.SourceFile): Set<Grant> {
  const secrets = new Set<Grant>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'secret' && ts.isStringLiteral(node.initializer)) {
      secrets.add(`secret:${node.initializer.text}` as Grant); // one that is no grant is reported as missing
    }
    node.forEachChild(visit);
  };
  visit(module);
  return secrets;
}
