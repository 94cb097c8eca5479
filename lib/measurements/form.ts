import { Problem } from '../core/problem.ts'
import { parseCellText } from './cells.ts'
import { toColumnName } from './column-name.ts'
import { looksLikeCsv, looksLikeJson } from './look-alikes.ts'
import type { ParseOptions } from './parse-options.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import { isTextColumn } from './table.ts'
import { decodeText, textIssue } from './text.ts'

/** Parses application/x-www-form-urlencoded. Each key is a column, with its values in order. */
export function parseForm(bytes: Uint8Array, charset?: string, { textColumns = [] }: ParseOptions = {}): RawColumns {
  const text = decodeText(bytes, charset)
  // curl and others send this Content-Type by default.
  if (looksLikeJson(text)) {
    throw new Problem(
      'body_invalid',
      'The body looks like JSON, but its Content-Type is a form. Send Content-Type: application/json.',
    )
  }
  if (looksLikeCsv(text)) {
    throw new Problem(
      'body_invalid',
      'The body looks like CSV, but its Content-Type is a form. Send Content-Type: text/csv with --data-binary.',
    )
  }
  const columns = new Map<string, unknown[]>()
  const texts = new Map<string, boolean>()
  let start = 0
  for (const pair of text.split('&')) {
    if (pair !== '') {
      const equals = pair.indexOf('=')
      const nameEnd = equals < 0 ? pair.length : equals
      const name = decodePart(pair.slice(0, nameEnd), text, start)
      const values = columns.get(name) ?? []
      const value = decodePart(pair.slice(nameEnd + 1), text, start + nameEnd + 1)
      const isText = texts.get(name) ?? isTextColumn(toColumnName(name), textColumns)
      texts.set(name, isText)
      values.push(isText && value !== '' ? value : parseCellText(value))
      columns.set(name, values)
      checkShape(values.length, columns.size)
    }
    start += pair.length + 1
  }
  return [...columns]
}

/** URLSearchParams replaces invalid sequences; a measurement must not change silently. */
function decodePart(part: string, text: string, start: number): string {
  if (!/[%+]/.test(part)) return part
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    throw textIssue(text, start + findBrokenEscape(part), 'a % is not followed by two hexadecimal digits of UTF-8 text')
  }
}

function findBrokenEscape(part: string): number {
  for (const { 0: run, index } of part.matchAll(/(?:%[0-9a-f]{2})+|%/gi)) {
    try {
      decodeURIComponent(run)
    } catch {
      return index
    }
  }
  return part.length
}
