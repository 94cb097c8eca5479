/** What may happen to a value or a column that is stored otherwise than it was sent. */
const SENTENCES = {
  not_finite: 'NaN or infinite, stored as null',
  inexact: 'more digits than a JSON number holds, kept as text',
  time_unreadable: 'not readable as a time, the time of receipt is used for the row',
} as const

export type WarningKind = keyof typeof SENTENCES

/** Gathers what an upload's sender should know, one entry per column and kind, so that the answer stays small. */
export class Warnings {
  readonly #values = new Map<string, { column: string; kind: WarningKind; count: number; firstRow: number }>()
  readonly #notes: string[] = []

  /** Notes one value; `row` counts from 0. */
  value(kind: WarningKind, column: string, row: number): void {
    const key = `${kind} ${column}`
    const known = this.#values.get(key)
    if (known) known.count += 1
    else this.#values.set(key, { column, kind, count: 1, firstRow: row })
  }

  note(sentence: string): void {
    this.#notes.push(sentence)
  }

  sentences(): string[] {
    const values = [...this.#values.values()].map(({ column, kind, count, firstRow }) => {
      const where = count === 1 ? `1 value (row ${firstRow + 1})` : `${count} values (first in row ${firstRow + 1})`
      return `column "${column}", ${where}: ${SENTENCES[kind]}`
    })
    return [...this.#notes, ...values]
  }
}
