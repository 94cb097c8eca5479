import { Problem } from '../core/problem.ts'
import { exactNumber, type InexactNumber } from './cells.ts'
import { decimalInstant, toIso } from './instant.ts'
import { toRow } from './point.ts'
import { checkShape, fromRows, type RawColumns, type Row } from './raw-columns.ts'
import { decodeText, textIssue } from './text.ts'

/** Decimal places of a second that a unit of timestamps has. */
export const PRECISIONS = { ns: 9, us: 6, ms: 3, s: 0 } as const
export type Precision = keyof typeof PRECISIONS

/** A part of the text, and the index after it. */
interface Token<T> {
  value: T
  end: number
}
type Pair<T> = [name: string, value: T]

const BLANKS = /[\s\0]*/y
const SPACES = /[ \t\0]*/y
const PLAIN = /[^, \t\r\n]*/y
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const INTEGER = /^(?:[+-]?\d+i|\+?\d+u)$/
const TIMESTAMP = /^[+-]?\d+$/
const BOOLEAN = /^(?:(t|true|True|TRUE|T)|f|false|False|FALSE|F)$/
/** Numbers from here on are milliseconds when read back, smaller ones are seconds. */
const MILLISECONDS_FROM = 1e11

/** Characters that end a name, unless a backslash precedes them, and a run of characters that do not. */
const MEASUREMENT = { ends: ', ', plain: /[^, \\\n]*/y }
const NAME = { ends: ',= ', plain: /[^,= \\\n]*/y }

/**
 * Parses line protocol of InfluxDB: one point per line, which is one row. Throws a `Problem` with the line and the reason.
 * See https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/.
 */
export function parseLineProtocol(bytes: Uint8Array, precision: Precision): RawColumns {
  const text = decodeText(bytes)
  const rows: Row[] = []
  for (let start = skip(BLANKS, text, 0); start < text.length; ) {
    if (text[start] === '#') start = endOfLine(text, start)
    else {
      checkShape(rows.length + 1, 0)
      const { value, end } = readPoint(text, start, precision)
      rows.push(value)
      start = end
    }
    start = skip(BLANKS, text, start)
  }
  // As InfluxDB. Home Assistant sends an empty body to check its credentials.
  if (rows.length === 0) throw noPoints()
  return fromRows(rows)
}

export const noPoints = () => new Problem('body_invalid', 'The body has no points. Send at least one line.')

function readPoint(text: string, start: number, precision: Precision): Token<Row> {
  const measurement = readName(text, start, MEASUREMENT)
  if (measurement.value === '') throw textIssue(text, start, 'the measurement is missing')
  const tags = readPairs(text, measurement.end, readTagValue, 'tag')
  const fieldsStart = skip(SPACES, text, tags.end)
  if (isLineEnd(text, fieldsStart)) throw textIssue(text, fieldsStart, 'the fields are missing')
  // Fields start without the comma that precedes tags.
  const fields = readPairs(text, fieldsStart - 1, readFieldValue, 'field')
  const time = readTime(text, skip(SPACES, text, fields.end), precision)
  const end = skip(SPACES, text, time.end)
  if (!isLineEnd(text, end)) throw textIssue(text, end, 'a point ends with its timestamp')
  const point = { measurement: measurement.value, tags: tags.value, fields: fields.value, time: time.value }
  return { value: toRow(point, (detail) => textIssue(text, start, detail)), end }
}

type ReadValue<T> = (text: string, start: number) => Token<T>

/** Reads `,name=value` until no comma follows. The first comma is not checked. */
function readPairs<T>(text: string, start: number, readValue: ReadValue<T>, kind: 'tag' | 'field'): Token<Pair<T>[]> {
  const pairs: Pair<T>[] = []
  let end = start
  if (kind === 'tag' && text[start] !== ',') return { value: pairs, end }
  do {
    const name = readName(text, end + 1, NAME)
    if (name.value === '') throw textIssue(text, end + 1, `the name of a ${kind} is missing`)
    if (text[name.end] !== '=') throw textIssue(text, name.end, `a ${kind} needs = and a value`)
    const value = readValue(text, name.end + 1)
    pairs.push([name.value, value.value])
    checkShape(1, pairs.length)
    end = value.end
  } while (text[end] === ',')
  return { value: pairs, end }
}

/** Reads to an unescaped character of `ends`, or to the end of the line. Other backslashes are characters. */
function readName(text: string, start: number, { ends, plain }: typeof NAME): Token<string> {
  let value = ''
  let from = start
  let end = skip(plain, text, start)
  for (; text[end] === '\\'; end = skip(plain, text, end + 1)) {
    if (end + 1 === text.length || !ends.includes(text.charAt(end + 1))) continue
    value += text.slice(from, end)
    from = end + 1
    end += 1
  }
  return { value: value + text.slice(from, end), end }
}

function readTagValue(text: string, start: number): Token<string> {
  const token = readName(text, start, NAME)
  if (token.value === '') throw textIssue(text, start, 'the value of a tag is missing')
  if (text[token.end] === '=')
    throw textIssue(text, token.end, 'an = in the value of a tag needs a backslash before it')
  return token
}

function readFieldValue(text: string, start: number): Token<string | boolean | number | InexactNumber> {
  if (text[start] === '"') return readQuoted(text, start)
  const end = skip(PLAIN, text, start)
  const token = text.slice(start, end)
  const boolean = BOOLEAN.exec(token)
  if (boolean) return { value: boolean[1] !== undefined, end }
  if (INTEGER.test(token)) return { value: exactNumber(token.slice(0, -1)), end }
  if (NUMBER.test(token)) return { value: exactNumber(token), end }
  throw textIssue(text, start, 'the value of a field must be a number, true, false or a text in double quotes')
}

function readQuoted(text: string, start: number): Token<string> {
  let value = ''
  let from = start + 1
  for (let index = from; index < text.length; index += 1) {
    const character = text[index]
    if (character === '"') return { value: value + text.slice(from, index), end: index + 1 }
    if (character !== '\\' || !(text[index + 1] === '"' || text[index + 1] === '\\')) continue
    value += text.slice(from, index)
    from = index + 1
    index += 1
  }
  throw textIssue(text, start, 'a text has no closing quote')
}

/**
 * Reads a timestamp as a time that reads back the same without its precision. Seconds and milliseconds are numbers, finer
 * ones ISO text with all digits. Undefined if the point has none.
 */
function readTime(text: string, start: number, precision: Precision): Token<string | number | undefined> {
  const end = skip(PLAIN, text, start)
  if (end === start) return { value: undefined, end }
  const token = text.slice(start, end)
  if (!TIMESTAMP.test(token)) throw textIssue(text, start, 'the timestamp must be a whole number')
  const instant = decimalInstant(token, PRECISIONS[precision])
  if (instant === null) throw textIssue(text, start, 'the timestamp is outside the years 1 to 9999: check precision')
  const number = Number(token)
  const isSame =
    (precision === 's' && Math.abs(number) < MILLISECONDS_FROM) || (precision === 'ms' && number >= MILLISECONDS_FROM)
  return { value: isSame ? number : toIso(instant), end }
}

function skip(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start
  pattern.test(text)
  return pattern.lastIndex
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

const isLineEnd = (text: string, index: number): boolean => index >= text.length || /[\r\n]/.test(text.charAt(index))
