import type { DataOwner, ShareCaller } from '../../core/caller.ts'
import type { DownloadQuery } from '../query.ts'
import { rejectUnshared } from '../shared-query.ts'
import { listColumns } from './columns.ts'
import { compareSeries, type SeriesId, toSeriesId } from './keys.ts'
import { findSeries, type Series, seriesFrom } from './series.ts'
import { findSharedSeries } from './shared-series.ts'

/**
 * The series of a source that an owner may read. The participant is the source of rows without a box. So a client that
 * reads the source `P007` also reads these rows of the participant `P007`.
 */
export async function findSeriesOfSource({ clientId, participant }: DataOwner, source: string): Promise<Series[]> {
  const participants = participant === undefined ? [undefined, source] : [participant]
  const series = await Promise.all(
    participants.map((name) => findSeries(clientId, toSeriesId({ participant: name, source }))),
  )
  return series.filter((entry) => entry !== null)
}

/** Returns the series of a source, or all that an owner may read, and their columns. Iterating reads only what a page needs. */
export async function selectSeries(owner: DataOwner, source: string | undefined) {
  if (source === undefined) {
    return { columns: await listColumns(owner), series: (from?: SeriesId) => seriesFrom(owner, from) }
  }
  return selectEntries(await findSeriesOfSource(owner, source))
}

/**
 * The series of a query that a share shows, and the columns that it shows of them. Throws `not_allowed` if the query reads
 * others.
 */
export async function selectSharedSeries(
  { clientId, view }: ShareCaller,
  query: DownloadQuery,
  timeColumns: readonly string[],
) {
  rejectUnshared(query, view, timeColumns)
  return selectEntries(await findSharedSeries(clientId, view, timeColumns, query.source))
}

const selectEntries = (entries: readonly Series[]) => ({
  columns: new Set(entries.flatMap(({ columns }) => [...columns])),
  series: (from?: SeriesId) => entries.filter((entry) => !from || compareSeries(toSeriesId(entry), from) >= 0),
})
