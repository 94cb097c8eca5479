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
export const NOTE_KINDS = [
  'bytes_ignored',
  'column_dropped',
  'column_renamed',
  'date_order',
  'lines_skipped',
  'no_rows',
  'no_time_column',
  'payload_undecoded',
  'time_zone',
  'units_line',
] as const
type NoteKind = (typeof NOTE_KINDS)[number]

/** Kinds of warnings about values. */
export type ValueWarningKind = keyof typeof SENTENCES

export const isValueWarningKind = (kind: unknown): kind is ValueWarningKind =>
  typeof kind === 'string' && Object.hasOwn(SENTENCES, kind)

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

interface ValueEntry {
  column: string
  kind: ValueWarningKind
  count: number
  /** From 0. */
  firstRow: number
}

interface NoteEntry {
  kind: NoteKind
  sentence: string
  count: number
  /** What the count is of, in the singular. The sentence then has `COUNT` at its place. */
  noun?: string | undefined
}

/** Warnings as plain values, which JSON can hold. */
export interface WarningEntries {
  values: ValueEntry[]
  notes: NoteEntry[]
  ignored: NoteKind[]
}

/** Replaced by the count of a note and its noun, such as `3 lines`. */
export const COUNT = '{count}'

/** About a column: every part of an upload has the same. */
const isOfColumn = ({ kind, noun }: NoteEntry): boolean =>
  noun === undefined && (kind === 'column_dropped' || kind === 'column_renamed')

/** Collects the warnings of an upload, one per column and kind, so that the response stays small. */
export class Warnings {
  readonly #values = new Map<string, ValueEntry>()
  readonly #notes = new Map<string, NoteEntry>()
  readonly #ignored = new Set<NoteKind>()

  /** Adds one value, or more; the first `row` is 0. */
  value(kind: ValueWarningKind, column: string, row: number, count = 1): void {
    const key = `${kind} ${column}`
    const entry = this.#values.get(key)
    if (entry) entry.count += count
    else this.#values.set(key, { column, kind, count, firstRow: row })
  }

  /** Whether values of a column have a warning of a kind. */
  has(kind: ValueWarningKind, column: string): boolean {
    return this.#values.has(`${kind} ${column}`)
  }

  /** Removes the warnings of a kind about a column. */
  withdraw(kind: ValueWarningKind, column: string): void {
    this.#values.delete(`${kind} ${column}`)
  }

  /** Omits notes of a kind that the format makes normal. */
  ignore(kind: NoteKind): void {
    this.#ignored.add(kind)
  }

  /** Adds a sentence. The numbers of equal ones are added. With a `noun`, the sentence has `COUNT` for the number. */
  note(kind: NoteKind, sentence: string, count = 1, noun?: string): void {
    if (this.#ignored.has(kind)) return
    const before = this.#notes.get(sentence)?.count ?? 0
    this.#notes.set(sentence, { kind, sentence, count: before + count, noun })
  }

  /** Adds the warnings of another part of the upload, whose first row has the number `row`, from 0. */
  append({ values, notes, ignored }: WarningEntries, row: number): void {
    for (const { kind, column, firstRow, count } of values) this.value(kind, column, firstRow + row, count)
    for (const kind of ignored) this.ignore(kind)
    for (const note of notes) {
      if (isOfColumn(note) && this.#notes.has(note.sentence)) continue
      this.note(note.kind, note.sentence, note.count, note.noun)
    }
  }

  entries(): WarningEntries {
    return { values: [...this.#values.values()], notes: [...this.#notes.values()], ignored: [...this.#ignored] }
  }

  /** The member `warnings` of a response, if there are any. Throws a `Problem` for them where `strict` is set. */
  report(strict: boolean, maxReported = MAX_REPORTED): { warnings?: string[] } {
    const warnings = this.sentences()
    if (strict && warnings.length > 0) throw warningsNotAllowed(warnings)
    if (warnings.length <= maxReported) return warnings.length > 0 ? { warnings } : {}
    const further = `there are ${warnings.length - maxReported} further warnings`
    return { warnings: [...warnings.slice(0, maxReported), further] }
  }

  list(): Warning[] {
    const values = [...this.#values.values()].map(({ column, kind, count, firstRow }) => {
      const where = count === 1 ? `1 value (row ${firstRow + 1})` : `${count} values (first in row ${firstRow + 1})`
      return { kind, sentence: `column "${column}", ${where}: ${SENTENCES[kind]}`, count }
    })
    const notes = [...this.#notes.values()].map(({ kind, sentence, count, noun }) => {
      const counted = noun === undefined ? sentence : sentence.replace(COUNT, formatCount(count, noun))
      return { kind, sentence: counted, count }
    })
    return [...notes, ...values]
  }

  sentences(): string[] {
    return this.list().map(({ sentence }) => sentence)
  }
}

/** A number with its noun, such as `1 line` or `2 lines`. */
export const formatCount = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

/** @limit Uploads | warnings that an error of `strict=true` lists */
const MAX_LISTED = 20

export const warningsNotAllowed = (sentences: readonly string[]) =>
  new Problem(
    'body_invalid',
    `The upload has warnings, and strict=true allows none. Correct the data, or omit strict.`,
    { issues: sentences.slice(0, MAX_LISTED).map((detail) => ({ detail })) },
  )
