import { Problem } from '../core/problem.ts'

/** Why values of a column are stored differently from what was sent, or cannot be right. */
const SENTENCES = {
  not_finite: 'NaN or infinite, stored as null',
  inexact: 'more digits than a JSON number holds, stored as text',
  missing: 'a word for a missing value, stored as null',
  text_in_numbers: 'a text in a column of numbers, stored as text',
  spelling: 'leading zeros, a plus sign or an exponent are not stored; TEXT_COLUMNS names columns that are text',
  decimal_comma: 'a comma before three digits, read as a decimal comma; decimal=point stores text',
  grouped_digits: 'digits in groups, stored as text',
  time_unreadable: 'not readable as a time, the time of receipt is used for the row',
  time_ambiguous:
    'the order of day and month is not declared, the time of receipt is used for the row: send time_format, such as %d.%m.%Y %H:%M',
  time_early: 'a time before the year 2000',
  time_late: 'a time more than a day after the time of receipt',
} as const

/** Kinds of warnings about the upload as a whole, or about a column. Metrics and `GET /series` have them. */
type NoteKind =
  | 'bytes_ignored'
  | 'column_dropped'
  | 'column_renamed'
  | 'date_order'
  | 'lines_skipped'
  | 'no_rows'
  | 'no_time_column'
  | 'payload_undecoded'
  | 'time_zone'
  | 'units_line'

/** Kinds of warnings about values. */
export type ValueWarningKind = keyof typeof SENTENCES

/** Stable codes, see docs/reference/measurements.md. */
export type WarningKind = ValueWarningKind | NoteKind

/** A warning of an upload; `count` is the number of values, lines or bytes. */
export interface Warning {
  kind: WarningKind
  sentence: string
  count: number
}

/**
 * A response of 6 MB would fail after the rows are stored.
 * @limit Uploads | warnings that the response to an upload lists
 */
const MAX_REPORTED = 1_000

/** Collects the warnings of an upload, one per column and kind, so that the response stays small. */
export class Warnings {
  readonly #values = new Map<string, { column: string; kind: ValueWarningKind; count: number; firstRow: number }>()
  readonly #notes = new Map<string, Warning>()
  readonly #ignored = new Set<NoteKind>()

  /** Adds one value; the first `row` is 0. */
  value(kind: ValueWarningKind, column: string, row: number): void {
    const key = `${kind} ${column}`
    const entry = this.#values.get(key)
    if (entry) entry.count += 1
    else this.#values.set(key, { column, kind, count: 1, firstRow: row })
  }

  /** Removes the warnings of a kind about a column. */
  withdraw(kind: ValueWarningKind, column: string): void {
    this.#values.delete(`${kind} ${column}`)
  }

  /** Omits notes of a kind that the format makes normal. */
  ignore(kind: NoteKind): void {
    this.#ignored.add(kind)
  }

  /** Adds a sentence. The numbers of equal ones are added. */
  note(kind: NoteKind, sentence: string, count = 1): void {
    if (this.#ignored.has(kind)) return
    const before = this.#notes.get(sentence)?.count ?? 0
    this.#notes.set(sentence, { kind, sentence, count: before + count })
  }

  /** The member `warnings` of a response, if there are any. Throws a `Problem` for them where `strict` is set. */
  report(strict: boolean): { warnings?: string[] } {
    const warnings = this.sentences()
    if (strict && warnings.length > 0) throw warningsNotAllowed(warnings)
    if (warnings.length <= MAX_REPORTED) return warnings.length > 0 ? { warnings } : {}
    const further = `there are ${warnings.length - MAX_REPORTED} further warnings`
    return { warnings: [...warnings.slice(0, MAX_REPORTED), further] }
  }

  list(): Warning[] {
    const values = [...this.#values.values()].map(({ column, kind, count, firstRow }) => {
      const where = count === 1 ? `1 value (row ${firstRow + 1})` : `${count} values (first in row ${firstRow + 1})`
      return { kind, sentence: `column "${column}", ${where}: ${SENTENCES[kind]}`, count }
    })
    return [...this.#notes.values(), ...values]
  }

  sentences(): string[] {
    return this.list().map(({ sentence }) => sentence)
  }
}

/** @limit Uploads | warnings that an error of `strict=true` lists */
const MAX_LISTED = 20

export const warningsNotAllowed = (sentences: readonly string[]) =>
  new Problem(
    'body_invalid',
    `The upload has warnings, and strict=true allows none. Correct the data, or omit strict.`,
    { issues: sentences.slice(0, MAX_LISTED).map((detail) => ({ detail })) },
  )
