import { readFileSync } from 'node:fs'
import { parseAst, type Vite } from 'vitest/node'
import { SECRET_NAMES } from '../../lib/config/settings-table.ts'
import { type FileUse, fileUses, S3 } from './bucket-permissions.ts'

type Node = Vite.ESTree.Node

/**
 * A permission that code needs for a table (named by its setting) or its index. The keys of the items start with
 * `kind`.
 */
export interface Use {
  action: string
  table: string
  index?: string
  kind?: string
}

/** Everything that modules import from the SDK. Other names are rejected, so that no permission is forgotten. */
const SDK: Readonly<Record<string, string | null>> = {
  DynamoDBClient: null,
  DynamoDBDocumentClient: null,
  GetCommand: 'GetItem',
  GetItemCommand: 'GetItem',
  BatchGetCommand: 'BatchGetItem',
  PutCommand: 'PutItem',
  PutItemCommand: 'PutItem',
  UpdateCommand: 'UpdateItem',
  UpdateItemCommand: 'UpdateItem',
  DeleteCommand: 'DeleteItem',
  DeleteItemCommand: 'DeleteItem',
  QueryCommand: 'Query',
  paginateQuery: 'Query',
  ScanCommand: 'Scan',
  paginateScan: 'Scan',
  DescribeTableCommand: 'DescribeTable',
}
/** They read the secrets that other modules request by name. */
const READERS = ['lib/config/settings-table.ts', 'lib/config/settings.ts', 'lib/config/ssm.ts']

/** A top-level statement of a bundle. esbuild retains or removes it as a whole, so all of its code is reachable. */
export interface Statement {
  module: string
  /** The names that it declares. Nested names never shadow these: esbuild renames them. */
  names: string[]
  /** Every name that it refers to, with repetitions. */
  refs: string[]
  /** Every text in it; of template literals, the part before the first value. */
  texts: string[]
  indexes: string[]
  /** Its arguments of `getSettings`. */
  asked: Node[]
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value

/** All children except names of properties, which are not identifiers. */
const children = (node: Node): Node[] =>
  Object.entries(node).flatMap(([key, value]): Node[] => {
    const isPropertyName = (key === 'key' || key === 'property') && 'computed' in node && !node.computed
    return isPropertyName ? [] : [value].flat().filter(isNode)
  })

function gather(node: Node, found: Statement, settings?: string): void {
  if (node.type === 'Identifier') {
    if (node.name === settings)
      throw new Error(`${found.module}: getSettings is passed on, which hides the settings it reads`)
    found.refs.push(node.name)
  }
  if (node.type === 'ImportExpression') throw new Error(`${found.module}: import() hides what it takes`)
  if (node.type === 'Literal' && typeof node.value === 'string') found.texts.push(node.value)
  if (node.type === 'TemplateLiteral') found.texts.push(node.quasis[0]?.value.raw ?? '')
  if (node.type === 'Property' && node.key.type === 'Identifier' && node.key.name === 'IndexName') {
    if (node.value.type !== 'Literal') throw new Error(`${found.module}: IndexName is not a plain text`)
    found.indexes.push(String(node.value.value))
  }
  const isAsking = node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === settings
  if (isAsking) found.asked.push(...node.arguments)
  for (const child of isAsking ? node.arguments : children(node)) gather(child, found, settings)
}

function namesOf(node: Node): string[] {
  if (node.type === 'VariableDeclaration')
    return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  return (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id ? [node.id.name] : []
}

/** The code of a bundle without imports and the readers of secrets, and the actions by the local names of commands. */
function parse(code: string) {
  const heads = [...code.matchAll(/^\/\/ (\S+\.ts)$/gm)]
  const actions = new Map<string, string>()
  const fileActions = new Map<string, string>()
  const body = parseAst(code).body.map((node) => {
    const module = heads.findLast(({ index }) => index <= node.start)?.[1] ?? ''
    return { node, module, names: namesOf(node) }
  })
  const inConfig = body.flatMap(({ module, names }) => (module === 'lib/config/settings.ts' ? names : []))
  const settings = inConfig.find((name) => /^getSettings\d*$/.test(name))
  const own = body.filter(({ module }) => !READERS.includes(module))
  const statements = own.flatMap(({ node, module, names }): Statement[] => {
    if (node.type !== 'ImportDeclaration') {
      const found: Statement = { module, names, refs: [], texts: [], indexes: [], asked: [] }
      gather(node, found, settings)
      return [found]
    }
    if (!node.source.value.startsWith('@aws-sdk/')) return []
    for (const specifier of node.specifiers) {
      const name = 'imported' in specifier && 'name' in specifier.imported ? specifier.imported.name : '*'
      const isBucket = node.source.value === '@aws-sdk/client-s3'
      const action = isBucket ? S3[name] : SDK[name]
      if (action === undefined) throw new Error(`${module}: no right is known for ${name} of ${node.source.value}`)
      if (action !== null) (isBucket ? fileActions : actions).set(specifier.local.name, action)
    }
    return []
  })
  return { statements, actions, fileActions }
}

const kindsIn = (statements: readonly Statement[]): string[] => [
  ...new Set(statements.flatMap(({ texts }) => texts.flatMap((text) => /^[a-z-]+#/.exec(text) ?? []))),
]

/** The top-level statements of a module of the project, from its source. */
function statementsOf(file: URL): { node: Node; names: string[] }[] {
  const { body } = parseAst(readFileSync(file, 'utf8'), { lang: 'ts' })
  return body.map((node) => {
    const own = node.type === 'ExportNamedDeclaration' && node.declaration ? node.declaration : node
    return { node, names: namesOf(own) }
  })
}

/** The kinds in some statements of a module, and in what these refer to there. */
function kindsAmong(statements: ReturnType<typeof statementsOf>, from: readonly string[] | null): string[] {
  const found: Statement = { module: '', names: [], refs: [], texts: [], indexes: [], asked: [] }
  const seen = new Set<string>()
  const visit = (names: readonly string[] | null) => {
    for (const one of statements) {
      if (names !== null && !one.names.some((name) => names.includes(name) && !seen.has(name))) continue
      for (const name of one.names) seen.add(name)
      const before = found.refs.length
      gather(one.node, found)
      if (names !== null) visit(found.refs.slice(before))
    }
  }
  visit(from)
  return kindsIn([found])
}

/** Functions that make keys of items, such as `eventKey` and `keyOfEvent`. */
const KEY_FUNCTION = /(?:Key|^keyOf\w+)$/

/**
 * All kinds in the source of a module; of one that names none, those of the key functions that it imports. Code without a
 * kind in a bundle reads its ids from an index.
 */
function kindsOfModule(module: string): string[] {
  const file = new URL(`../../${module}`, import.meta.url)
  const statements = statementsOf(file)
  const own = kindsAmong(statements, null)
  if (own.length > 0) return own
  const imported = statements.flatMap(({ node }) => {
    if (node.type !== 'ImportDeclaration' || !node.source.value.startsWith('.')) return []
    const names = node.specifiers.flatMap(({ local }) => (KEY_FUNCTION.test(local.name) ? [local.name] : []))
    return names.length === 0 ? [] : kindsAmong(statementsOf(new URL(node.source.value, file)), names)
  })
  return [...new Set(imported)]
}

/**
 * The permissions that the code of a bundle needs. A statement that sends commands names the table, index and kinds
 * itself, or through helpers of its module that send nothing (`key`, `idOf`). Its callers in the module may pass the
 * kinds. `keyed` are the tables whose items have kinds. `putsEvents` is whether it puts events on buses, `files` its
 * permissions on the bucket, and `startsWork` whether it calls `processFiles`. Throws if a permission is ambiguous.
 */
export function usesOf(code: string, keyed: ReadonlySet<string>) {
  const { statements, actions, fileActions } = parse(code)
  const declared = new Map(statements.flatMap((statement) => statement.names.map((name) => [name, statement] as const)))
  const actionsOf = ({ refs }: Statement) => refs.flatMap((name) => actions.get(name) ?? [])

  const reach = (from: Statement, goes: (to: Statement) => boolean, found = new Set([from])): Statement[] => {
    for (const to of from.refs.flatMap((name) => declared.get(name) ?? []))
      if (!found.has(to) && goes(to)) reach(to, goes, found.add(to))
    return [...found]
  }
  const sends = (one: Statement) => reach(one, ({ module }) => module === one.module).some((to) => actionsOf(to).length)
  const withHelpers = (one: Statement) => reach(one, (to) => to.module === one.module && !sends(to))
  const kindsOf = (one: Statement, seen = new Set([one])): string[] => {
    const own = kindsIn(withHelpers(one))
    if (own.length > 0) return own
    const callers = statements.filter((by) => !seen.has(by) && by.refs.some((name) => one.names.includes(name)))
    const near = callers.filter(({ module }) => module === one.module)
    const unknown = near.length === 0 || near.length < callers.length
    const found = near.flatMap((by) => kindsOf(by, new Set([...seen, by])))
    return [...new Set(unknown ? [...found, ...kindsOfModule(one.module)] : found)]
  }

  const uses = statements
    .filter((one) => actionsOf(one).length > 0)
    .flatMap((one): Use[] => {
      const open = (what: string): never => {
        throw new Error(`${one.module}: ${one.names.join() || 'a statement'} leaves open ${what}`)
      }
      const said = withHelpers(one)
      const texts = said.flatMap((statement) => statement.texts)
      const tables = [...new Set(texts.filter((text) => /^[A-Z]+_TABLE$/.test(text)))]
      const [index, ...others] = new Set(said.flatMap(({ indexes }) => indexes))
      const all = actionsOf(one)
      const [...verbs] = new Set(all)
      const mayName = verbs.join() === 'DescribeTable' ? tables.length : verbs.join() === 'BatchGetItem' ? 2 : 1
      if (tables.length === 0 || tables.length > mayName) open('its table')
      const queries = all.filter((action) => ['Query', 'Scan'].includes(action))
      if (index !== undefined && (others.length > 0 || queries.length !== 1)) open('what it asks its index for')
      const rights = tables.flatMap((table) => verbs.map((action) => ({ action, table })))
      return rights.flatMap((right): Use[] => {
        if (index !== undefined && queries.includes(right.action)) return [{ ...right, index }]
        if (right.action === 'DescribeTable' || !keyed.has(right.table)) return [right]
        const kinds = kindsOf(one)
        if (kinds.length === 0 || (kinds.length > 1 && verbs.length > 1)) open('the kinds of its items')
        return kinds.map((kind) => ({ ...right, kind }))
      })
    })

  const namesAsked = (node: Node): string[] => {
    if (node.type === 'Literal') return [String(node.value)]
    if (node.type === 'SpreadElement') return namesAsked(node.argument)
    const list = node.type === 'Identifier' ? declared.get(node.name) : undefined
    if (!list) throw new Error('settings is asked for names that are written nowhere')
    return reach(list, () => true).flatMap(({ texts }) => texts)
  }
  const settings = new Set(statements.flatMap(({ asked }) => asked.flatMap(namesAsked)))
  // The header of the request, which is signed without a client of the SDK.
  const putsEvents = statements.some(({ texts }) => texts.includes('AWSEvents.PutEvents'))
  // webhooks.yml names these secrets.
  const refersTo = (name: string) =>
    statements.some(({ refs }) => refs.some((ref) => new RegExp(`^${name}\\d*$`).test(ref)))
  const verifiesWebhooks = refersTo('getWebhookSecrets')
  const signsEvents = refersTo('getTargetSecrets')
  const builtIn = ['INCODE_WEBHOOK_HEADER', 'HLSERVER_WEBHOOK_SECRET']
  const secrets = SECRET_NAMES.filter((name) => settings.has(name) || (verifiesWebhooks && builtIn.includes(name)))
  const files: FileUse[] = fileUses({ statements, actions: fileActions, reach })
  const startsWork = settings.has('PROCESS_FILES_FUNCTION')
  return { putsEvents, verifiesWebhooks, signsEvents, uses, files, startsWork, settings, secrets }
}
