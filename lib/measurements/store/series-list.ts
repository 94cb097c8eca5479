import { getSettings } from '../../config/settings.ts'
import { type DataOwner, outsideShare, type ShareCaller } from '../../core/caller.ts'
import { toSeriesId } from './keys.ts'
import type { Series } from './series.ts'
import { toSeriesEntry } from './series-entry.ts'
import { findSharedSeries } from './shared-series.ts'
import { findTimeSpan } from './time-span.ts'

/** Entries of series with the times of their first and last rows. */
export const withTimes = ({ clientId }: DataOwner, entries: readonly Series[]) =>
  Promise.all(
    entries.map(async (entry) => ({
      ...toSeriesEntry(entry),
      ...(await findTimeSpan(clientId, toSeriesId(entry))),
    })),
  )

/**
 * The entries of the series that a share shows, or of `source`, without the participant, whose id may be personal. Throws
 * `not_allowed` for another source.
 */
export async function listShared({ clientId, view }: ShareCaller, source: string | undefined) {
  if (source !== undefined && !view.sources.includes(source)) throw outsideShare('source')
  const { TIME_COLUMNS } = await getSettings('TIME_COLUMNS')
  const series = await findSharedSeries(clientId, view, TIME_COLUMNS, source)
  const entries = source === undefined ? series.map(toSeriesEntry) : await withTimes({ clientId }, series)
  return entries.map(({ participant_id: _hidden, ...entry }) => entry)
}
