import type { LastRows } from '../repeats.ts'

/** Rows of a last time that are remembered: of more, equal ones in the next part are stored once. */
const MAX_LAST_ROWS = 500
/** Bytes of as many in the progress, each of a source of its own. */
export const LAST_ROWS_BYTES = 50_000

/** The last rows of the sources that were last in the file, by the digests of sources. */
export function limitLastRows(lastRows: ReadonlyMap<string, LastRows>): Map<string, LastRows> {
  let rows = 0
  const latest = [...lastRows].reverse().filter(([, { counts }]) => {
    rows += counts.length
    return rows <= MAX_LAST_ROWS
  })
  return new Map(latest.reverse())
}
