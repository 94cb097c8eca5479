import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import type { Block } from '../blocks.ts'
import { LIMITS } from '../limits.ts'
import { checkRoom } from '../store/catalog.ts'
import { toSeriesId } from '../store/keys.ts'
import { type KnownSeries, readKnownSeries } from '../store/known-series.ts'
import { digestSource, type Facts } from './facts.ts'

const READS_AT_ONCE = 32
/** Series with a long list of columns whose new ones are collected over the parts of a file. */
const MAX_WIDE = 10

export type RoomCheck = (facts: Facts, blocks: readonly Block[]) => Promise<void>

/**
 * Makes the function that checks the series of the blocks of a part. It throws a `Problem` if they have no room for the
 * columns of the parts so far. It reads the catalog once for each series.
 */
export function makeRoomCheck(owner: DataOwner): RoomCheck {
  /** Null for the many series with room for all columns that a file may have. */
  const known = new Map<string, KnownSeries | null>()
  return (facts, blocks) =>
    inParallel([...Map.groupBy(blocks, ({ source }) => source)], READS_AT_ONCE, async ([source, group]) => {
      const id = toSeriesId({ participant: owner.participant, source })
      const columns = new Set(group.flatMap((block) => [...block.columns.keys()]))
      if (!known.has(source)) {
        const series = await readKnownSeries({ clientId: owner.clientId, id, columns, span: 0 })
        known.set(source, series && series.columns.size + LIMITS.columns > LIMITS.seriesColumns ? series : null)
      }
      const series = known.get(source)
      if (!series) return
      const digest = digestSource(source)
      const all = columns.union(facts.wide.get(digest) ?? new Set<string>())
      checkRoom({ id, columns: all }, series)
      if (facts.wide.has(digest) || facts.wide.size < MAX_WIDE) facts.wide.set(digest, all)
    })
}
