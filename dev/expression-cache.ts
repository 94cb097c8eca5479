import conditionParser from 'dynalite/db/conditionParser.js'
import projectionParser from 'dynalite/db/projectionParser.js'
import updateParser from 'dynalite/db/updateParser.js'

/** What dynalite passes to its parsers. They delete the names and values that they find from those that are unused. */
interface Context {
  attrNames?: Record<string, string>
  attrVals?: Record<string, object>
  unusedAttrNames: Record<string, unknown>
  unusedAttrVals: Record<string, unknown>
  isKeyCondition?: boolean
}

type Parse = (text: string, options: { context: Context }) => unknown

interface Known {
  tree: unknown
  /** The names of the values that occur in the tree. */
  names: ReadonlyMap<object, string>
  usedNames: readonly string[]
  usedValues: readonly string[]
}

const CACHED = Symbol.for('latchkey cached expressions')
/** These check the values, and not only their types. */
const CHECKS_VALUES = /\bbetween\b|attribute_type/i
/** More expressions than the functions have. */
const MOST = 1_000

/**
 * Lets dynalite parse each expression once. Its parsers need longer than the rest of a command with conditions. Each
 * command gets a copy of the tree that contains its own values.
 */
for (const parser of [conditionParser, projectionParser, updateParser])
  if (!Object.hasOwn(parser, CACHED)) Object.assign(parser, { parse: cached(parser.parse), [CACHED]: true })

function cached(parse: Parse): Parse {
  const known = new Map<string, Known>()
  return (text, { context }) => {
    if (CHECKS_VALUES.test(text)) return parse(text, { context })
    const { attrNames = {}, attrVals = {} } = context
    const types = Object.entries(attrVals).map(([name, value]) => [name, ...Object.keys(value)])
    const key = JSON.stringify([text, attrNames, types, context.isKeyCondition])
    const found = known.get(key) ?? parsed(parse, text, context)
    if (known.size < MOST) known.set(key, found)
    for (const name of found.usedNames) delete context.unusedAttrNames[name]
    for (const name of found.usedValues) delete context.unusedAttrVals[name]
    return withValues(found.tree, found.names, attrVals)
  }
}

function parsed(parse: Parse, text: string, context: Context): Known {
  const { attrNames = {} } = context
  // Values of the same types: a command may have a value of 400 KB.
  const attrVals = Object.fromEntries(
    Object.entries(context.attrVals ?? {}).map(([name, value]) => [name, mapped(value, () => '')]),
  )
  const unused = { unusedAttrNames: { ...attrNames }, unusedAttrVals: { ...attrVals } }
  const tree = parse(text, { context: { ...context, ...unused, attrVals } })
  return {
    tree,
    names: new Map(Object.entries(attrVals).map(([name, value]) => [value, name])),
    usedNames: Object.keys(attrNames).filter((name) => !Object.hasOwn(unused.unusedAttrNames, name)),
    usedValues: Object.keys(attrVals).filter((name) => !Object.hasOwn(unused.unusedAttrVals, name)),
  }
}

/** A copy of a tree with other values. */
function withValues(node: unknown, names: Known['names'], values: Record<string, object>): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((each) => withValues(each, names, values))
  const name = names.get(node)
  return name === undefined ? mapped(node, (member) => withValues(member, names, values)) : values[name]
}

/** An object of the same kind with other members. */
const mapped = (node: object, change: (member: unknown) => unknown): object =>
  Object.assign(
    Object.create(Object.getPrototypeOf(node)),
    Object.fromEntries(Object.entries(node).map(([name, member]) => [name, change(member)])),
  )
