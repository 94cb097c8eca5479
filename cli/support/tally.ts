/** Groups sentences about rows, so that a million rows with the same issue become one sentence. */
export interface Tally {
  /** Adds a sentence about a row. The first row has the number 0. */
  add(sentence: string, row: number): void
  readonly rows: number
  /** Each sentence once, with its number of rows and the first of them. */
  sentences(): string[]
}

export function tally(): Tally {
  const known = new Map<string, { count: number; first: number }>()
  let rows = 0
  return {
    add(sentence, row) {
      rows += 1
      const entry = known.get(sentence)
      if (entry) entry.count += 1
      else known.set(sentence, { count: 1, first: row })
    },
    get rows() {
      return rows
    },
    sentences: () =>
      [...known].map(([sentence, { count, first }]) =>
        count === 1 ? `row ${first + 1}: ${sentence}` : `${count} rows (first row ${first + 1}): ${sentence}`,
      ),
  }
}
