import { type ParseError, printParseErrorCode, parse as tolerantParse } from 'jsonc-parser'
import type { Problem } from '../core/problem.ts'
import { exactNumber } from './cells.ts'
import { readShape } from './json-shapes.ts'
import { LIMITS } from './limits.ts'
import type { ParseOptions } from './parse-options.ts'
import { checkShape, columnsOrRows, fromRows, type RawColumns } from './raw-columns.ts'
import { decodeText, textIssue } from './text.ts'
import { Warnings } from './warnings.ts'

declare global {
  interface JSON {
    /** ES2026: a reviver receives the literal of a value. TypeScript's library lacks this so far. */
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  }
}

/** Number literals that a double may not hold: sixteen digits or more, or an exponent. Most bodies have none. */
const SUSPICIOUS_NUMBERS = /-?[\d.]{16,40}(?:[eE][+-]?\d{1,9})?|-?\d[\d.]{0,15}[eE][+-]?\d{1,9}/g
/** The pattern cuts off literals of this length, so the slower parser reads them. */
const MAX_MATCH_CHARACTERS = 40
/** Matches strings first, so that words inside them stay unchanged. */
const STRING_OR_NOT_FINITE =
  /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|-?\b(?:nan\b(?:\(\w*\))?|inf(?:inity)?\b|1\.#(?:[qs]nan|ind|inf)0*\b)/gi
const STRING_OR_KEY = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g
const STRING_OR_BRACKET = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|[[\]{}]/g
/** Python writes NaN and Infinity into JSON, C writes nan, -inf and -nan(ind). They are read as this literal, which no device sends and no double holds. */
const NOT_FINITE = '1e99999'

/** A first name and a separator. */
const CSV_START = /^\s*[\p{L}_"#][^{}[\]\r\n,;\t:]*[,;\t]/u
/** The likely cause of text after a value: rows without their list, or `curl -d`, which drops line endings. */
const ANOTHER_VALUE =
  'something follows the value: send several rows as a list, or one per line with application/x-ndjson and --data-binary'

type Parser = (bytes: Uint8Array, charset?: string, warnings?: Warnings, options?: ParseOptions) => RawColumns

/** Parses JSON: columns, single values (one row), a list of row objects, or messages of a known shape. */
export const parseJson: Parser = (bytes, charset, warnings = new Warnings(), options = {}) => {
  const text = decodeText(bytes, charset)
  const value = parseValue(text, (index, detail) => textIssue(text, index, detail))
  const keys = countKeys(text)
  return readShape(Array.isArray(value) ? value : [value], keys, warnings, options) ?? columnsOrRows(value, keys)
}

/** Parses newline-delimited JSON: one row object, or message of a known shape, per line. Skips blank lines. */
export const parseNdjson: Parser = (bytes, charset, warnings = new Warnings(), options = {}) => {
  const text = decodeText(bytes, charset)
  const rows: unknown[] = []
  let start = 0
  for (const line of text.split('\n')) {
    checkShape(rows.length, 0)
    const lineStart = start
    if (line.trim() !== '') {
      rows.push(parseValue(line.replace(/\r$/, ''), (index, detail) => textIssue(text, lineStart + index, detail)))
    }
    start += line.length + 1
  }
  const keys = countKeys(text)
  const messages = readShape(rows, keys, warnings, options)
  if (options.part && !messages) options.part.rows = rows.length
  return messages ?? fromRows(rows, keys)
}

/** Makes the error for a character of a text. In NDJSON the text is one line of the body. */
type ProblemAt = (index: number, detail: string) => Problem

function parseValue(text: string, problemAt: ProblemAt): unknown {
  try {
    return hasInexactNumber(text) ? parseExactly(text) : JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw explainStackOverflow(error, text, problemAt)
  }
  try {
    return parseExactly(
      text.replace(STRING_OR_NOT_FINITE, (token) => (token.startsWith('"') ? token : ` ${NOT_FINITE} `)),
    )
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw explainStackOverflow(error, text, problemAt)
    throw syntaxProblem(text, problemAt)
  }
}

/** Parsers recurse for each level, so a stack overflow means deep nesting. Returns other errors unchanged. */
function explainStackOverflow(error: unknown, text: string, problemAt: ProblemAt): unknown {
  if (!(error instanceof RangeError)) return error
  let depth = 0
  for (const { 0: token, index } of text.matchAll(STRING_OR_BRACKET)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > LIMITS.nesting) return problemAt(index, 'values are nested too deeply')
  }
  return error
}

/** Searches the text for literals, since a parser that reports each literal is several times slower. */
function hasInexactNumber(text: string): boolean {
  if (!hasLongNumber(text)) return false
  for (const [literal] of text.matchAll(SUSPICIOUS_NUMBERS)) {
    if (literal.length >= MAX_MATCH_CHARACTERS || typeof exactNumber(literal) !== 'number') return true
  }
  return false
}

/** Whether the text may contain a suspicious literal. This scan takes a tenth of the pattern's time. */
function hasLongNumber(text: string): boolean {
  let digits = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if ((code >= 48 && code <= 57) || code === 46) {
      digits += 1
      if (digits === 16) return true
    } else {
      if (digits > 0 && (code === 101 || code === 69)) return true
      digits = 0
    }
  }
  return false
}

/** JSON.parse that checks every number literal, since a double may not hold it. */
function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context: { source?: string }) => {
    if (typeof value !== 'number' || context.source === undefined || context.source === NOT_FINITE) return value
    return exactNumber(context.source)
  })
}

/** JSON.parse quotes the body and reports no reliable position, but this parser does. Only invalid bodies get here. */
function syntaxProblem(text: string, problemAt: ProblemAt): Problem {
  // Replacements have the length of the originals, so that positions stay correct.
  const replaceToken = (token: string) => (token.startsWith('"') ? token : ' 0'.padEnd(token.length))
  const errors: ParseError[] = []
  try {
    tolerantParse(text.replace(STRING_OR_NOT_FINITE, replaceToken), errors, { disallowComments: true })
  } catch (error) {
    throw explainStackOverflow(error, text, problemAt)
  }
  if (CSV_START.test(text)) return problemAt(0, 'not JSON (it looks like CSV: send Content-Type: text/csv)')
  const [first] = errors
  if (!first) return problemAt(0, 'not JSON')
  const code = printParseErrorCode(first.error)
  if (code === 'EndOfFileExpected') return problemAt(first.offset, `not JSON (${ANOTHER_VALUE})`)
  return problemAt(first.offset, `not JSON (${code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()})`)
}

function countKeys(text: string): number {
  let keys = 0
  for (const match of text.matchAll(STRING_OR_KEY)) if (match[1] !== undefined) keys += 1
  return keys
}
