import { type ParseError, printParseErrorCode, parse as tolerantParse } from 'jsonc-parser'
import type { Problem } from '../core/problem.ts'
import { exactNumber } from './cells.ts'
import { LIMITS } from './limits.ts'
import { checkShape, columnsOrRows, fromRows, type RawColumns } from './raw-columns.ts'
import { decodeText, textIssue } from './text.ts'

declare global {
  interface JSON {
    /** ES2026: a reviver is shown the literal that a value was read from. The compiler's library lacks it so far. */
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  }
}

/** Number literals that a double may not hold: sixteen digits or more, or an exponent. Most bodies have none. */
const SUSPICIOUS_NUMBERS = /-?[\d.]{16,40}(?:[eE][+-]?\d{1,9})?|-?\d[\d.]{0,15}[eE][+-]?\d{1,9}/g
/** A literal that the pattern has cut off: it is looked at as a whole, by the slower parser. */
const CUT_OFF = 40
/** Strings are matched first, so that the words inside them are left alone. */
const STRING_OR_NOT_FINITE = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|\bNaN\b|-?\bInfinity\b/g
const STRING_OR_KEY = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g
const STRING_OR_BRACKET = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|[[\]{}]/g
/** Python writes NaN and Infinity into JSON. They are read as this literal, which no device sends and no double holds. */
const NOT_FINITE = '1e99999'

/** JSON: an object of columns, an object of single values (one row), or a list of row objects. */
export function parseJson(bytes: Uint8Array, charset?: string): RawColumns {
  const text = decodeText(bytes, charset)
  return columnsOrRows(
    parseValue(text, (index, detail) => textIssue(text, index, detail)),
    countKeys(text),
  )
}

/** Newline-delimited JSON: one row object a line; blank lines are skipped. */
export function parseNdjson(bytes: Uint8Array, charset?: string): RawColumns {
  const text = decodeText(bytes, charset)
  const rows: unknown[] = []
  let start = 0
  for (const line of text.split('\n')) {
    checkShape(rows.length, 0)
    const from = start
    if (line.trim() !== '') {
      rows.push(parseValue(line.replace(/\r$/, ''), (index, detail) => textIssue(text, from + index, detail)))
    }
    start += line.length + 1
  }
  return fromRows(rows, countKeys(text))
}

/** Refuses a text at one of its characters; in NDJSON the text is one line of a larger one. */
type FaultAt = (index: number, detail: string) => Problem

function parseValue(text: string, faultAt: FaultAt): unknown {
  try {
    return holdsInexactNumber(text) ? parseExactly(text) : JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw tooDeep(error, text, faultAt)
  }
  try {
    return parseExactly(
      text.replace(STRING_OR_NOT_FINITE, (token) => (token.startsWith('"') ? token : ` ${NOT_FINITE} `)),
    )
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw tooDeep(error, text, faultAt)
    throw syntaxFault(text, faultAt)
  }
}

/** What walks values calls itself for each level; a body that exhausts the stack is nested beyond any table. */
function tooDeep(error: unknown, text: string, faultAt: FaultAt): unknown {
  if (!(error instanceof RangeError)) return error
  let depth = 0
  for (const { 0: token, index } of text.matchAll(STRING_OR_BRACKET)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > LIMITS.nesting) return faultAt(index, 'values are nested too deeply')
  }
  return error
}

/** Looks at literals in the text, since a parser that shows each literal is several times slower than one that does not. */
function holdsInexactNumber(text: string): boolean {
  if (!hasLongNumber(text)) return false
  for (const [literal] of text.matchAll(SUSPICIOUS_NUMBERS)) {
    if (literal.length >= CUT_OFF || typeof exactNumber(literal) !== 'number') return true
  }
  return false
}

/** Whether there is any suspicious literal at all: a look at each character takes a tenth of the pattern's time. */
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

/** JSON.parse with every number literal looked at, since a double may not hold it. */
function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context: { source?: string }) => {
    if (typeof value !== 'number' || context.source === undefined || context.source === NOT_FINITE) return value
    return exactNumber(context.source)
  })
}

/** JSON.parse names no reliable place and quotes the body; this parser names the place. Only broken bodies get here. */
function syntaxFault(text: string, faultAt: FaultAt): Problem {
  // The stand-ins have the length of the words they replace, so that places stay true.
  const standIn = (token: string) => (token.startsWith('"') ? token : ' 0'.padEnd(token.length))
  const errors: ParseError[] = []
  try {
    tolerantParse(text.replace(STRING_OR_NOT_FINITE, standIn), errors, { disallowComments: true })
  } catch (error) {
    throw tooDeep(error, text, faultAt)
  }
  const [first] = errors
  if (!first) return faultAt(0, 'not JSON')
  const words = printParseErrorCode(first.error).replace(/([a-z])([A-Z])/g, '$1 $2')
  return faultAt(first.offset, `not JSON (${words.toLowerCase()})`)
}

function countKeys(text: string): number {
  let keys = 0
  for (const match of text.matchAll(STRING_OR_KEY)) if (match[1] !== undefined) keys += 1
  return keys
}
