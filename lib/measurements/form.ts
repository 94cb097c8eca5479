import { Problem } from '../core/problem.ts'
import { parseCellText } from './cells.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import { decodeText, textIssue } from './text.ts'

/** application/x-www-form-urlencoded: every repeated key is one column, its values in the order they come. */
export function parseForm(bytes: Uint8Array, charset?: string): RawColumns {
  const text = decodeText(bytes, charset)
  // What curl and others say when nobody has told them what it is.
  if (/^\s*[[{]/.test(text)) {
    throw new Problem(
      'body_invalid',
      'The body looks like JSON, and its Content-Type says a form: send Content-Type: application/json.',
    )
  }
  const columns = new Map<string, unknown[]>()
  let start = 0
  for (const pair of text.split('&')) {
    if (pair !== '') {
      const equals = pair.indexOf('=')
      const cut = equals < 0 ? pair.length : equals
      const name = unescaped(pair.slice(0, cut), text, start)
      const values = columns.get(name) ?? []
      values.push(parseCellText(unescaped(pair.slice(cut + 1), text, start + cut + 1)))
      columns.set(name, values)
      checkShape(values.length, columns.size)
    }
    start += pair.length + 1
  }
  return [...columns]
}

/** URLSearchParams would replace what it cannot decode; a measurement must not change on its way in. */
function unescaped(part: string, text: string, start: number): string {
  if (!/[%+]/.test(part)) return part
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    throw textIssue(text, start + brokenEscape(part), 'a % is not followed by two hexadecimal digits of UTF-8 text')
  }
}

function brokenEscape(part: string): number {
  for (const { 0: run, index } of part.matchAll(/(?:%[0-9a-f]{2})+|%/gi)) {
    try {
      decodeURIComponent(run)
    } catch {
      return index
    }
  }
  return part.length
}
