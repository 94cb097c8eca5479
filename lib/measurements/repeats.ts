import type { Cell } from './cells.ts'
import { rowContents } from './row-contents.ts'

/**
 * Returns a function for the blocks of an upload that divide rows of one time. It returns the number of equal rows in
 * earlier blocks for each row of a block; undefined if there are none.
 */
export function makeRepeatCounter() {
  let counts = new Map<string, number>()
  return (
    block: { timeColumn: string; columns: ReadonlyMap<string, readonly Cell[]> },
    times: readonly number[],
    first: number,
    last: number,
  ): number[] | undefined => {
    const contentOf = rowContents(block)
    const contents = times.map((time, row) => (time === first || time === last ? contentOf(row) : ''))
    const repeats = times.map((time, row) => (time === first ? (counts.get(contents[row] ?? '') ?? 0) : 0))
    if (first !== last) counts = new Map()
    times.forEach((time, row) => {
      const content = contents[row] ?? ''
      if (time === last) counts.set(content, (counts.get(content) ?? 0) + 1)
    })
    return repeats.some((count) => count > 0) ? repeats : undefined
  }
}
