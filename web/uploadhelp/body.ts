import { encode } from '@msgpack/msgpack'
import '../parts/no-eval.ts'
import * as z from 'zod/mini'

/** What an upload sends: bytes, and the text that they are, if they are one. */
export interface Body {
  contentType: string
  bytes: Uint8Array
  text: string | null
}

const cell = z.union(
  [z.number(), z.string(), z.boolean(), z.null()],
  'a value must be a number, a text, true, false or null',
)
const rows = z.array(z.record(z.string(), cell)).check(z.minLength(1, 'it contains no row'))
const columns = z.record(z.string(), z.array(cell))
const row = z.record(z.string(), cell)

type Cell = z.output<typeof cell>
type Columns = ReadonlyMap<string, readonly Cell[]>

/** Reads columns, rows or one row, as the server does; throws a sentence about what is wrong. */
function readColumns(json: string): Columns {
  const value = parsed(json)
  const list = Array.isArray(value) ? value : null
  if (!list && columns.safeParse(value).success) return new Map(Object.entries(columns.parse(value)))
  const { data, error } = rows.safeParse(list ?? [row.safeParse(value).data ?? value])
  if (!data) throw new Error(`The data is not a table: ${error.issues[0]?.message ?? ''}.`)
  const names = new Set(data.flatMap((row) => Object.keys(row)))
  return new Map([...names].map((name) => [name, data.map((row) => row[name] ?? null)]))
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Error(`The data is not JSON: ${error instanceof Error ? error.message : error}.`)
  }
}

function toCsv(table: Columns): string {
  const quoted = (text: string) => (/[",\r\n]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const length = Math.max(...[...table.values()].map((values) => values.length))
  const lines = Array.from({ length }, (_, place) =>
    [...table.values()].map((values) => (values[place] == null ? '' : quoted(String(values[place])))),
  )
  return `${[[...table.keys()].map(quoted), ...lines].map((line) => line.join(',')).join('\n')}\n`
}

function toForm(table: Columns): string {
  const form = new URLSearchParams()
  for (const [name, values] of table) for (const value of values) form.append(name, String(value ?? ''))
  return form.toString()
}

const inText = (contentType: string, text: string): Body => ({
  contentType,
  text,
  bytes: new TextEncoder().encode(text),
})

/** The formats of the page: its data, given as JSON, as the body of an upload. JSON stays as it was typed. */
export const FORMATS: Readonly<Record<string, (json: string) => Body>> = {
  JSON: (json) => {
    readColumns(json)
    return inText('application/json', json.trim())
  },
  CSV: (json) => inText('text/csv', toCsv(readColumns(json))),
  Form: (json) => inText('application/x-www-form-urlencoded', toForm(readColumns(json))),
  MessagePack: (json) => ({
    contentType: 'application/msgpack',
    text: null,
    bytes: encode(Object.fromEntries(readColumns(json))),
  }),
}
