import { type DataAccess, type DataSelection, pages } from './requests.ts'
import { type Row, readRows } from './rows.ts'

/** Ten weeks of one row a minute; a phone can still plot them. */
const MAX_ROWS = 100_000

/** The reason of an abort by the user: the rows that have arrived are shown. */
export const CANCELLED = new Error('cancelled')

export interface Loaded {
  /** Ordered by time. */
  rows: Row[]
  /** Why there may be more of them. */
  cut: 'cancelled' | 'too many' | null
}

/** Loads a selection page by page, up to MAX_ROWS; calls `progress` with the number of rows. */
export async function load(
  selection: DataSelection,
  access: DataAccess,
  signal: AbortSignal,
  progress: (rows: number) => void,
): Promise<Loaded> {
  const rows: Row[] = []
  let cut: Loaded['cut'] = null
  try {
    for await (const page of pages(selection, access, 'ndjson', signal)) {
      rows.push(...readRows(page))
      progress(rows.length)
      if (rows.length >= MAX_ROWS) {
        cut = 'too many'
        break
      }
    }
  } catch (error) {
    if (signal.reason !== CANCELLED) throw error
    cut = 'cancelled'
  }
  rows.length = Math.min(rows.length, MAX_ROWS)
  return { rows: rows.sort((one, other) => one.time - other.time), cut }
}
