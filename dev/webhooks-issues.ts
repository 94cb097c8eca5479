import type * as z from 'zod'
import { PRESETS } from '../lib/config/webhook-presets.ts'

type Issue = z.core.$ZodIssue

/**
 * One line for each issue of the entries, with its place such as `stripe.verify`. Values are not quoted. An unknown member
 * comes first, because it can be the reason of the others.
 */
export function entryIssues(issues: readonly Issue[], entries: Readonly<Record<string, object>>): string[] {
  const byProvider = Map.groupBy(issues, ({ path: [name] }) => String(name))
  return [...byProvider].flatMap(([name, own]) => {
    const unknown = own.filter(({ code }) => code === 'unrecognized_keys')
    const others = own.filter((issue) => !unknown.includes(issue) && !(unknown.length > 0 && isProofMissing(issue)))
    const entry = entries[name]
    const hasList = entry !== undefined && 'verify' in entry && Array.isArray(entry.verify)
    return [...unknown, ...others].map((issue) => lineOf(issue, hasList))
  })
}

/** Of an entry that has no preset and no scheme. */
const isProofMissing = ({ path, code }: Issue) => path.length === 2 && path[1] === 'verify' && code === 'invalid_type'

function lineOf(issue: Issue, hasList: boolean): string {
  // A single scheme becomes a list before it is validated.
  const path = issue.path.filter((_name, index) => hasList || index !== 2 || issue.path[1] !== 'verify')
  const place = path.join('.')
  if (issue.code === 'unrecognized_keys' && issue.keys.includes('like'))
    return `${place}.like must be one of ${Object.keys(PRESETS).join(', ')}`
  if (issue.code === 'unrecognized_keys') return `${place} has an unknown member: ${issue.keys.join(', ')}`
  if (issue.code === 'invalid_key') return `${place} ${issue.issues[0]?.message ?? 'has an invalid name'}`
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return `${place} is missing`
  return `${place} ${/^(?:must|needs) /.test(issue.message) ? issue.message : plainMessage(issue)}`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  int: 'a whole number',
  number: 'a whole number',
}

/** What zod says of an issue for which the schema has no sentence. */
function plainMessage(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'invalid_union':
      return `must be one of ${'options' in issue ? issue.options?.join(', ') : 'several forms'}`
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? 'a map of members'}`
    case 'too_small':
      return issue.origin === 'int' || issue.origin === 'number'
        ? `must be at least ${issue.minimum}`
        : 'must not be empty'
    case 'too_big':
      return `must ${issue.origin === 'string' ? 'have' : 'be'} at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    default:
      return issue.message
  }
}
