import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { boundedCache } from '../../core/bounded-cache.ts'
import { dynamodb } from '../../dynamodb/client.ts'
import { isItemExpired, readExpiry } from '../../dynamodb/expiry.ts'
import { catalogKey, type SeriesId, seriesKey } from './keys.ts'
import { longestSpanOf } from './series.ts'

/** What an upload needs the catalog to have about a series. */
export interface SeriesNeed {
  clientId: string
  id: SeriesId
  columns: ReadonlySet<string>
  /** Milliseconds. */
  span: number
}

/** What the catalog has about a series. */
export interface KnownSeries {
  columns: ReadonlySet<string>
  /** Milliseconds. */
  longestSpan: number
  /** UNIX seconds; Infinity for never. */
  end: number
}

/** How long a container remembers what it has read. A purge in another process removes items. */
export const CACHE_MS = 15 * 60_000

/** Memory, of the 2 GB of a function that uploads: enough for 10,000 series of 20 columns, or 30,000 of six. */
const MAX_BYTES = 40_000_000

/** Approximate bytes of memory of an entry with these names, as measured with sets of 6, 20 and 2,000. */
export const namesBytes = (names: ReadonlySet<string>): number =>
  [...names].reduce((sum, name) => sum + 110 + name.length, 500)

const cache = boundedCache<KnownSeries>(MAX_BYTES, ({ columns }) => namesBytes(columns))
const keyOf = ({ clientId, id }: SeriesNeed): string => seriesKey(clientId, id)

export const recallSeries = (need: SeriesNeed): KnownSeries | undefined => cache.get(keyOf(need))

/** Remembers what the catalog had at `from` (UNIX milliseconds). */
export const rememberSeries = (need: SeriesNeed, known: KnownSeries, from: number): void =>
  cache.set(keyOf(need), known, from, from + CACHE_MS)

/** Whether the catalog has all that an upload needs, at least until `end` (UNIX seconds). */
export const covers = (known: KnownSeries | undefined, { columns, span }: SeriesNeed, end: number): boolean =>
  known !== undefined && known.end >= end && known.longestSpan >= span && columns.isSubsetOf(known.columns)

/**
 * Reads what the catalog has about a series; undefined if it does not list it. The read is eventually consistent, at half
 * the price. What it lacks is added to the item itself. What a purge has just removed is like a remembered entry.
 */
export async function readKnownSeries({ clientId, id }: SeriesNeed): Promise<KnownSeries | undefined> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: catalogKey(clientId, id) }),
  )
  if (!Item || isItemExpired(Item)) return undefined
  return {
    columns: new Set(Item['columns']?.SS),
    longestSpan: longestSpanOf(Item),
    end: readExpiry(Item) ?? Infinity,
  }
}
