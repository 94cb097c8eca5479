import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import { Problem } from '../../core/problem.ts'
import { spreadOver } from '../../core/spread.ts'
import { dynamodb, isConditionFailure, isItemTooLarge } from '../../dynamodb/client.ts'
import { expiryWithSlack } from '../../dynamodb/expiry.ts'
import type { Block } from '../blocks.ts'
import { LIMITS } from '../limits.ts'
import { saveColumns } from './columns.ts'
import { blockExpiry, extendExpiry } from './expiry.ts'
import { catalogKey, seriesKey, toSeriesId } from './keys.ts'
import {
  covers,
  type KnownSeries,
  readKnownSeries,
  recallSeries,
  rememberSeries,
  type SeriesNeed,
} from './known-series.ts'
import { findSeries } from './series.ts'

/** What the catalog needs from a block. */
type BlockSummary = Pick<Block, 'source' | 'columns' | 'span'>

interface Need extends SeriesNeed {
  /** The name that belongs to the digest in `id`. */
  participant: string | undefined
}

/** Columns and a span that the catalog does not have yet. */
interface CatalogUpdate extends Omit<Need, 'columns'> {
  columns: string[]
  /** UNIX seconds after which the entry may expire; undefined for never. */
  expiresAt: number | undefined
}

const COMMANDS_AT_ONCE = 32
const EXPIRY_SPREAD_SECONDS = 43_200

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

/**
 * Adds new columns and spans of blocks to the catalog. Call it before writing the blocks, so that it never lags. A series
 * that this container does not know costs half a read unit; only what the catalog lacks costs a write.
 */
export async function saveSeries(owner: DataOwner, blocks: readonly BlockSummary[]): Promise<void> {
  const lastsUntil = await blockExpiry()
  const now = Date.now()
  const unknown = needsOf(owner, blocks).filter((need) => !covers(recallSeries(need), need, lastsUntil ?? Infinity))
  if (unknown.length === 0) return
  const read = new Map<Need, KnownSeries | undefined>()
  await inParallel(unknown, COMMANDS_AT_ONCE, async (need) => {
    read.set(need, await readKnownSeries(need))
  })
  const expiresAt = expiryWithSlack(lastsUntil)
  const lacking = unknown.filter((need) => !covers(read.get(need), need, earlyEnd(need, lastsUntil)))
  // A single write is atomic. Before several, all series are checked, so that an error leaves the others unchanged.
  if (lacking.length > 1) for (const need of lacking) checkRoom(need, read.get(need))
  // All columns, not only new ones: the entry may have been removed since it was read.
  await inParallel(lacking, COMMANDS_AT_ONCE, (need) =>
    addToCatalog({ ...need, columns: [...need.columns], expiresAt }),
  )
  const columns = new Set(blocks.flatMap(({ columns }) => [...columns.keys()]))
  // A purge removes the list of columns together with the entries.
  await saveColumns(owner.clientId, columns, { lastsUntil, mayRecall: lacking.length === 0 })
  // Remembered only after all writes, so that a failure in between causes another write.
  const added = new Set(lacking)
  for (const need of unknown) {
    const known = added.has(need) ? withNeed(read.get(need), need, expiresAt) : read.get(need)
    if (known) rememberSeries(need, known, now)
  }
}

const withNeed = (known: KnownSeries | undefined, { columns, span }: Need, expiresAt = Infinity): KnownSeries => ({
  columns: columns.union(known?.columns ?? new Set()),
  longestSpan: Math.max(span, known?.longestSpan ?? 0),
  end: expiresAt,
})

const needsOf = ({ clientId, participant }: DataOwner, blocks: readonly BlockSummary[]): Need[] =>
  [...Map.groupBy(blocks, ({ source }) => source)].map(([source, group]) => ({
    clientId,
    participant,
    id: toSeriesId({ participant, source }),
    columns: new Set(group.flatMap((block) => [...block.columns.keys()])),
    span: group.reduce((longest, block) => Math.max(longest, roundSpan(block.span)), 0),
  }))

/**
 * The end (UNIX seconds) that a stored entry needs: up to half a day after the blocks, differently for each series. The
 * series of a fleet that started together would otherwise all extend their entries in the same minute of each day.
 */
function earlyEnd({ clientId, id }: Need, lastsUntil: number | undefined): number {
  if (lastsUntil === undefined) return Infinity
  return lastsUntil + spreadOver(seriesKey(clientId, id), EXPIRY_SPREAD_SECONDS)
}

/** Throws a `Problem` if a series would have too many columns. */
export function checkRoom({ id, columns }: Pick<SeriesNeed, 'id' | 'columns'>, known: KnownSeries | undefined): void {
  const all = columns.union(known?.columns ?? new Set<string>())
  const bytes = [...all].reduce((sum, name) => sum + Buffer.byteLength(name), 0)
  if (all.size > LIMITS.seriesColumns || bytes > MAX_NAME_BYTES) throw tooManyColumns(id.source)
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
