import { detectDelimiter } from './csv-delimiter.ts'
import { holdsValues } from './csv-names.ts'
import type { CsvOptions } from './csv-options.ts'

/** The lines before the names of a CSV text. */
export interface Preamble {
  /** Index of the first character to parse. */
  start: number
  /** Number of its line, from 1. */
  line: number
  /** Lines after the names that hold no rows: TOA5 has units and kinds of processing. */
  kind: 'none' | 'toa5' | 'hobo'
  /** The separator that the text declares. */
  delimiter: string | undefined
}

interface Line {
  start: number
  end: number
  next: number
}

/** First words of loggers' files, which the fast path leaves to this module. */
export const LOGGER_LINE = /^"?(?:TOA5|TOACI1|Plot Title)\b/i
const SEPARATOR_LINE = /^"?sep=(.)"?\s*$/i
/** An index column called `#`, as HOBOware writes it. */
const INDEX_NAME = /^#\s*[,;\t|]/

function lineAt(text: string, start: number): Line {
  const end = text.slice(start).search(/[\r\n]/)
  if (end < 0) return { start, end: text.length, next: text.length }
  const stop = start + end
  return { start, end: stop, next: stop + (text.startsWith('\r\n', stop) ? 2 : 1) }
}

/** Finds the line of the names. `#` lines before it are comments, unless the last of them has the names. */
export function readPreamble(text: string, options: CsvOptions): Preamble {
  const found: Preamble = { start: text.startsWith('\ufeff') ? 1 : 0, line: 1, kind: 'none', delimiter: undefined }
  let comment: { start: number; line: number; text: string } | null = null
  for (let skipped = 0; skipped < (options.skip ?? 0); skipped += 1) step(found, lineAt(text, found.start))
  while (found.start < text.length) {
    const line = lineAt(text, found.start)
    const content = text.slice(line.start, line.end)
    const separator = found.line === 1 ? SEPARATOR_LINE.exec(content)?.[1] : undefined
    if (separator) found.delimiter = separator
    else if (/^"?Plot Title\b/i.test(content)) found.kind = 'hobo'
    else if (/^"?TOA(?:5|CI1)\b/.test(content)) found.kind = /^"?TOA5/.test(content) ? 'toa5' : 'none'
    else if (INDEX_NAME.test(content)) return { ...found, start: line.start + 1 }
    else if (content.startsWith('#')) {
      const mark = /^#+\s*/.exec(content)?.[0].length ?? 1
      comment = { start: line.start + mark, line: found.line, text: content.slice(mark) }
    } else if (content.trim() !== '') break
    step(found, line)
  }
  return options.header === 'absent' || !comment ? found : useComment(text, found, comment)
}

function step(found: Preamble, line: Line): void {
  found.start = line.next
  found.line += 1
}

/** NumPy and others write the names as a comment. The comment is the names if the next line has as many values. */
function useComment(text: string, found: Preamble, comment: { start: number; line: number; text: string }): Preamble {
  const line = lineAt(text, found.start)
  const delimiter = found.delimiter ?? detectDelimiter(text.slice(comment.start))
  const names = comment.text.split(delimiter)
  const values = text.slice(line.start, line.end).split(delimiter)
  const hasNames = names.length > 1 && names.length === values.length && !holdsValues(names) && holdsValues(values)
  return hasNames ? { ...found, start: comment.start, line: comment.line } : found
}
