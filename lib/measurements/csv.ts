import { isAscii } from 'node:buffer'
import { Problem } from '../core/problem.ts'
import { areTexts, parseDialect } from './csv-dialect.ts'
import { isHoboTime } from './csv-hobo.ts'
import { findCsvParameter } from './csv-options.ts'
import { parsePlainRows } from './csv-plain-rows.ts'
import { LOGGER_LINE } from './csv-preamble.ts'
import type { CsvLayout } from './file-part.ts'
import { looksLikeForm, looksLikeJson, looksLikeMarkup } from './look-alikes.ts'
import type { ParseOptions } from './parse-options.ts'
import type { RawColumns } from './raw-columns.ts'
import { asciiText, decodeText, isUtf8Charset } from './text.ts'
import { Warnings } from './warnings.ts'

/**
 * Parses CSV with any of the three line endings. The names are in the first line, unless `options` or a logger's preamble
 * say otherwise. Pads short lines with null. Throws a `Problem` with the line for a long line or a stray quote.
 */
export function parseCsv(
  bytes: Uint8Array,
  charset?: string,
  warnings = new Warnings(),
  options: ParseOptions = {},
): RawColumns {
  const layout = options.part?.layout
  const parsePlain = (content: string | Uint8Array) =>
    layout ? parsePlainPart(content, layout, options) : parsePlainTable(content, options)
  // Most bodies are ASCII, and need no text: it would take a sixth of the time.
  const isPlain = isUtf8Charset(charset) && isAscii(bytes)
  const plain = isPlain ? parsePlain(bytes) : null
  if (plain) return plain
  const text = decodeText(bytes, charset, layout === undefined)
  if (!layout) rejectOtherFormats(text)
  return (isPlain ? null : parsePlain(text)) ?? parseDialect(text, options, warnings)
}

function rejectOtherFormats(text: string): void {
  if (looksLikeJson(text) || looksLikeForm(text)) throw notCsv(looksLikeJson(text) ? 'JSON' : 'a form')
  if (looksLikeMarkup(text)) throw new Problem('body_invalid', 'The body looks like HTML or XML. Send CSV.')
}

function notCsv(format: 'JSON' | 'a form'): Problem {
  const type = format === 'JSON' ? 'application/json' : 'application/x-www-form-urlencoded'
  return new Problem(
    'body_invalid',
    `The body looks like ${format}, but its Content-Type is one of CSV. Send Content-Type: ${type}.`,
  )
}

const [CR, LF] = [13, 10]
/** A first line without quotes, and without separators other than commas. */
const NAMES_LINE = /^[^"\r\n;\t\0]+(?=[\r\n])/
/** A name that the fast path leaves as it is. */
const PLAIN_NAME = /^ *[\p{L}_]/u

/** The first line, if it has no character that needs the full parser; null without a line ending. */
function readNames(content: string | Uint8Array): string | null {
  if (typeof content === 'string') return NAMES_LINE.exec(content)?.[0] ?? null
  const end = content.findIndex((code) => code === CR || code === LF)
  return NAMES_LINE.exec(end < 0 ? '' : asciiText(content.subarray(0, end + 1)))?.[0] ?? null
}

/**
 * Fast path for what devices send: names without quotes, commas, then only plain numbers, ISO 8601 times, and text
 * where a column is text. Null for anything else, or beyond a limit. Bytes must be ASCII.
 */
export function parsePlainTable(content: string | Uint8Array, options: ParseOptions): RawColumns | null {
  if (findCsvParameter(options)) return null
  const line = readNames(content)
  if (line === null) return null
  const names = line.split(',')
  if (!names.every((name) => PLAIN_NAME.test(name)) || LOGGER_LINE.test(line) || names.some(isHoboTime)) return null
  const isText = areTexts(names, options)
  if (!isText.includes(false)) return null
  const columns = parsePlainRows(content, line.length, isText)
  if (!columns?.[0]?.length) return null
  if (options.part) {
    options.part.layout = { names, units: [], delimiter: ',', kind: 'none', line: 1 }
    options.part.rows = columns[0].length
  }
  return names.map((name, index) => [name, columns[index] ?? []])
}

/** The same for a later part of a file. */
function parsePlainPart(content: string | Uint8Array, layout: CsvLayout, options: ParseOptions): RawColumns | null {
  const { names, units, delimiter, kind } = layout
  if (findCsvParameter(options) || delimiter !== ',' || kind !== 'none') return null
  if (!names.every((name) => PLAIN_NAME.test(name)) || names.some(isHoboTime)) return null
  const isText = areTexts(names, options)
  const columns = isText.includes(false) ? parsePlainRows(content, 0, isText) : null
  if (!columns?.[0]?.length) return null
  if (options.part) options.part.rows = columns[0].length
  return names.map((name, index) =>
    units[index] ? [name, columns[index] ?? [], units[index].trim()] : [name, columns[index] ?? []],
  )
}
