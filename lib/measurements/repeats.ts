import { hash } from 'node:crypto'
import type { Cell } from './cells.ts'
import { rowContents } from './row-contents.ts'

/** The rows of a series at the last time of a part of a file. The next part may have equal ones. */
export interface LastRows {
  /** UNIX milliseconds. */
  time: number
  /** How often each row occurred, by the digest of its content. */
  counts: readonly (readonly [digest: string, count: number])[]
}

const digestOf = (content: string): string => hash('sha256', content, 'base64url').slice(0, 11)

/** Numbers equal rows in the blocks that divide rows of one time. `before` are the rows of an earlier part of a file. */
export function makeRepeatCounter(before?: LastRows) {
  const earlier = new Map(before?.counts)
  let counts = new Map<string, number>()
  // The content of a row has its time, so rows of another time have other digests.
  const countOf = (content: string): number =>
    counts.get(content) ?? (earlier.size > 0 ? (earlier.get(digestOf(content)) ?? 0) : 0)

  return {
    /** The number of equal rows in earlier blocks for each row of a block; undefined if there are none. */
    countRepeats(
      block: { timeColumn: string; columns: ReadonlyMap<string, readonly Cell[]> },
      times: readonly number[],
      first: number,
      last: number,
    ): number[] | undefined {
      const contentOf = rowContents(block)
      const contents = times.map((time, row) => (time === first || time === last ? contentOf(row) : ''))
      const repeats = times.map((time, row) => (time === first ? countOf(contents[row] ?? '') : 0))
      if (first !== last) counts = new Map()
      times.forEach((time, row) => {
        const content = contents[row] ?? ''
        if (time === last) counts.set(content, countOf(content) + 1)
      })
      return repeats.some((count) => count > 0) ? repeats : undefined
    },

    /** The rows of the last time, which the last block has counted. */
    lastRows(time: number): LastRows {
      const latest = [...counts].map(([content, count]) => [digestOf(content), count] as const)
      return { time, counts: [...new Map([...(time === before?.time ? earlier : []), ...latest])] }
    },
  }
}
