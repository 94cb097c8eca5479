import { type DataAccess, type DataSelection, pages } from './requests.ts'
import { type Row, readRows } from './rows.ts'

/** Rows that are shown at most: enough for ten weeks of minutes, and still quick on a phone. */
const ROWS_AT_MOST = 100_000

/** Why a request was ended when somebody has had enough: what has come by then is shown. */
export const CANCELLED = new Error('cancelled')

export interface Loaded {
  /** In the order of their times. */
  rows: Row[]
  /** Why there may be more of them. */
  cut: 'cancelled' | 'too many' | null
}

/** Loads a selection page by page, as far as it is shown; `progress` hears how many rows have come. */
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
      if (rows.length >= ROWS_AT_MOST) {
        cut = 'too many'
        break
      }
    }
  } catch (error) {
    if (signal.reason !== CANCELLED) throw error
    cut = 'cancelled'
  }
  rows.length = Math.min(rows.length, ROWS_AT_MOST)
  return { rows: rows.sort((one, other) => one.time - other.time), cut }
}
