import { Problem } from '../core/problem.ts'
import { airRohr } from './airrohr.ts'
import type { LineForm } from './file-part.ts'
import type { ParseOptions } from './parse-options.ts'
import { fromRows, isObject, type RawColumns, type Row } from './raw-columns.ts'
import { telegraf } from './telegraf.ts'
import { thingsNetwork } from './things-network.ts'
import type { Warnings } from './warnings.ts'

/** JSON messages of a device or a service, which are rows in another form. */
export interface JsonShape {
  /** Whether a value has exactly this form. Otherwise it is read as columns or a row. */
  matches(value: Row): boolean
  /** The rows of a message. */
  toRows(message: Row, warnings: Warnings, options: ParseOptions): Row[]
}

const SHAPES = {
  airrohr: airRohr,
  telegraf,
  'things-network': thingsNetwork,
} as const satisfies Record<Exclude<LineForm, 'rows'>, JsonShape>
const NAMES = ['airrohr', 'telegraf', 'things-network'] as const

/** Reads values of which each is a message of the same shape. Null if they are not. */
export function readShape(
  values: readonly unknown[],
  keysSent: number,
  warnings: Warnings,
  options: ParseOptions,
): RawColumns | null {
  const [first] = values
  // Most bodies are not messages, so the first value decides whether the others are read.
  const name = isObject(first) ? NAMES.find((name) => SHAPES[name].matches(first)) : undefined
  const shape = name && SHAPES[name]
  const messages = shape ? values.filter(isObject) : []
  const isMessage = shape && messages.length === values.length && messages.every((message) => shape.matches(message))
  if (values.length > 0) narrowForms(isMessage && name ? name : 'rows', options)
  if (!shape || !isMessage) return null
  if (countKeys(messages) !== keysSent) throw repeatedName()
  const rows = messages.flatMap((message) => shape.toRows(message, warnings, options))
  if (options.part) options.part.rows = rows.length
  return fromRows(rows)
}

/** Throws a `Problem` if the lines of this part of a file have another form than those before it. */
function narrowForms(form: LineForm, { part }: ParseOptions): void {
  if (!part) return
  if (!part.reading.forms.includes(form)) throw otherForm()
  part.reading.forms = [form]
}

const otherForm = () =>
  new Problem(
    'body_invalid',
    'A line has another form than those before it. Send rows, and the messages of each kind of device, as separate files.',
  )

const repeatedName = () =>
  new Problem('body_invalid', 'A name appears twice in one object, so one of its values would be lost.')

/** The keys of all objects. It does not recurse, because JSON may be nested deeper than the stack. */
function countKeys(values: readonly unknown[]): number {
  const pending: unknown[] = [...values]
  let keys = 0
  while (pending.length > 0) {
    const value = pending.pop()
    if (isObject(value)) {
      const members = Object.values(value)
      keys += members.length
      for (const member of members) pending.push(member)
    } else if (Array.isArray(value)) for (const member of value) pending.push(member)
  }
  return keys
}
