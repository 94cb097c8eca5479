/** Counts what there is to say about rows, so that a million rows of the same make one sentence. */
export interface Tally {
  /** Notes something of a row, which counts from 0. */
  add(sentence: string, row: number): void
  readonly rows: number
  /** Each once, with how many rows it is about and which is the first. */
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
