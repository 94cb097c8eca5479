import { styleText } from 'node:util'
import Table from 'cli-table3'
import { plain } from '../../dev/plain-text.ts'
import { commandIo } from './io.ts'

type Value = string | number | readonly string[] | null | undefined

/** A value in text. Control characters, such as those in a client's name, are replaced. */
const format = (value: Value): string => plain(Array.isArray(value) ? value.join(' ') : String(value ?? '-'))

/** Text in bold on a terminal, and as it is elsewhere or with NO_COLOR. */
const bold = (text: string): string => styleText('bold', text, { stream: commandIo().stdout })

/** cli-table3 draws no lines with these. */
const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
}

/** The named members of rows, in columns under their names; `empty`, a sentence, without rows. */
export function table<Name extends string>(
  names: readonly Name[],
  rows: readonly Readonly<Partial<Record<Name, Value>>>[],
  empty: string,
): string {
  if (rows.length === 0) return empty
  const lines = new Table({
    head: names.map(bold),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  lines.push(...rows.map((row) => names.map((name) => format(row[name]))))
  return lines.toString().replace(/ +$/gm, '')
}

/** Facts, one per line, without those that are null or undefined. */
export const facts = (pairs: Readonly<Record<string, Value>>): string =>
  Object.entries(pairs)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${bold(`${name}:`)} ${format(value)}`)
    .join('\n')

/** Maximum number of names in a list. */
const LISTED = 20

/** Names in one line; only the first ones of a long list. */
export const listed = (names: readonly string[], max = LISTED): string =>
  `${names.slice(0, max).join(', ')}${names.length > max ? ` and ${names.length - max} more` : ''}`
