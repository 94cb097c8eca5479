import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import { Problem } from '../../core/problem.ts'
import { dynamodb, isConditionFailure, isItemTooLarge } from '../../dynamodb/client.ts'
import { expiryWithSlack } from '../../dynamodb/expiry.ts'
import type { Block } from '../blocks.ts'
import { LIMITS } from '../limits.ts'
import { saveColumns } from './columns.ts'
import { blockExpiry, extendExpiry } from './expiry.ts'
import { catalogKey, type SeriesId, seriesKey, toSeriesId } from './keys.ts'
import { findSeries, type Series } from './series.ts'

/** What the catalog needs from a block. */
type BlockSummary = Pick<Block, 'source' | 'columns' | 'span'>

/** Columns and a span that the catalog may not have yet. */
interface CatalogUpdate {
  clientId: string
  id: SeriesId
  /** The name that belongs to the digest in `id`. */
  participant: string | undefined
  columns: string[]
  span: number
  /** UNIX seconds after which the entry may expire; undefined for never. */
  expiresAt: number | undefined
}

/**
 * Catalog items that this container has written, so that only new columns and spans cost a write. Entries expire after
 * `CACHE_MS`, since a purge in another process removes items.
 */
const cache = new Map<
  string,
  Pick<Series, 'columns' | 'longestSpan'> & Pick<CatalogUpdate, 'expiresAt'> & { until: number }
>()
const MAX_CACHED = 10_000
const CACHE_MS = 15 * 60_000
const WRITES_AT_ONCE = 32

/** Bytes of all column names of a series, which share one item of 400 KB with its units and warnings. */
const MAX_NAME_BYTES = 360_000

/**
 * Rounds a span up to an eighth of a power of two. So the stored set stays small for any number of blocks, and a reader
 * starts at most an eighth too early.
 */
function roundSpan(ms: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(ms, 1))) - 3)
  return Math.ceil(ms / step) * step
}

/** Adds new columns and spans of blocks to the catalog. Call it before writing the blocks, so that it never lags. */
export async function saveSeries({ clientId, participant }: DataOwner, blocks: readonly BlockSummary[]): Promise<void> {
  const lastsUntil = await blockExpiry()
  const expiresAt = expiryWithSlack(lastsUntil)
  const updates = [...Map.groupBy(blocks, ({ source }) => source)].flatMap(([source, group]): CatalogUpdate[] => {
    const id = toSeriesId({ participant, source })
    const columns = new Set(group.flatMap((block) => [...block.columns.keys()]))
    const span = group.reduce((longest, block) => Math.max(longest, roundSpan(block.span)), 0)
    const cached = findCached(seriesKey(clientId, id))
    const newColumns = [...columns].filter((name) => !cached?.columns.has(name))
    const endsEarlier = (cached?.expiresAt ?? Infinity) < (lastsUntil ?? 0)
    const isNew = !cached || newColumns.length > 0 || span > cached.longestSpan || endsEarlier
    return isNew ? [{ clientId, id, participant, columns: newColumns, span, expiresAt }] : []
  })
  // A single write is atomic. Before several, all series are checked, so that an error leaves the others unchanged.
  if (updates.length > 1) await inParallel(updates, WRITES_AT_ONCE, checkRoom)
  await inParallel(updates, WRITES_AT_ONCE, addToCatalog)
  if (updates.length === 0) return
  // Cached only after all writes, so that a failure in between causes another write.
  await saveColumns(clientId, new Set(blocks.flatMap(({ columns }) => [...columns.keys()])), expiresAt)
  for (const update of updates) cacheUpdate(update)
}

function findCached(key: string) {
  const cached = cache.get(key)
  return cached && cached.until > Date.now() ? cached : undefined
}

function cacheUpdate({ clientId, id, columns, span, expiresAt }: CatalogUpdate): void {
  const key = seriesKey(clientId, id)
  const cached = findCached(key)
  if (cache.size >= MAX_CACHED) cache.clear()
  cache.set(key, {
    columns: new Set([...(cached?.columns ?? []), ...columns]),
    longestSpan: Math.max(span, cached?.longestSpan ?? 0),
    expiresAt,
    until: cached?.until ?? Date.now() + CACHE_MS,
  })
}

async function checkRoom({ clientId, id, columns }: CatalogUpdate): Promise<void> {
  const series = await findSeries(clientId, id)
  const all = [...new Set([...(series?.columns ?? []), ...columns])]
  const bytes = all.reduce((sum, name) => sum + Buffer.byteLength(name), 0)
  if (all.length > LIMITS.seriesColumns || bytes > MAX_NAME_BYTES) throw tooManyColumns(id.source)
}

async function addToCatalog(update: CatalogUpdate): Promise<void> {
  const { clientId, id, participant, columns, span, expiresAt } = update
  const Key = catalogKey(clientId, id)
  if (expiresAt !== undefined) await extendExpiry(Key, expiresAt)
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const expression = [
    ...(participant === undefined ? [] : ['SET participant = :participant']),
    columns.length > 0 ? 'ADD #columns :columns, #durations :spans' : 'ADD #durations :spans',
    ...(expiresAt === undefined ? ['REMOVE expires_at'] : []),
  ].join(' ')
  const hasRoom = '(attribute_not_exists(#columns) OR size(#columns) <= :room)'
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: MEASUREMENTS_TABLE,
        Key,
        // Sets only ever grow by union, so concurrent uploads cannot undo each other.
        UpdateExpression: expression,
        // A purge may remove the entry after its expiry was set.
        ConditionExpression: expiresAt === undefined ? hasRoom : `attribute_exists(series) AND ${hasRoom}`,
        ExpressionAttributeNames: { '#columns': 'columns', '#durations': 'durations' },
        ExpressionAttributeValues: {
          ...(columns.length > 0 && { ':columns': { SS: columns } }),
          ...(participant !== undefined && { ':participant': { S: participant } }),
          ':spans': { NS: [String(span)] },
          ':room': { N: String(LIMITS.seriesColumns - columns.length) },
        },
      }),
    )
  } catch (error) {
    if (!isConditionFailure(error) && !isItemTooLarge(error)) throw error
    const series = await findSeries(clientId, id)
    if (!series && expiresAt !== undefined && isConditionFailure(error)) return addToCatalog(update)
    const newColumns = columns.filter((name) => !series?.columns.has(name))
    if (newColumns.length === columns.length) throw tooManyColumns(id.source)
    await addToCatalog({ ...update, columns: newColumns })
  }
}

function tooManyColumns(source: string): Problem {
  const detail = `"${source}" would have more than ${LIMITS.seriesColumns} different columns, or names too long to list`
  return new Problem('limit_exceeded', `${detail}. Use the same column names in every upload.`)
}
