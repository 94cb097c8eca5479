import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { inParallel } from '../../core/concurrency.ts'
import { Problem } from '../../core/problem.ts'
import { dynamodb, isConditionFailure, isItemTooLarge } from '../../dynamodb/client.ts'
import type { Block } from '../blocks.ts'
import { LIMITS } from '../limits.ts'
import { saveColumns } from './columns.ts'
import { catalogKey, findSeries, type Series } from './series.ts'

/** What a block, or several together, bring. */
type Described = Pick<Block, 'source' | 'columns' | 'span'>

interface Discovery {
  columns: string[]
  span: number
}

/**
 * Catalog items as this container knows them, so that only what is new costs a write. May be lost at any time; after
 * `SEEN_MS` it is written again, since the purge of a series removes its item behind our back.
 */
const seen = new Map<string, Series & { until: number }>()
const SEEN_AT_MOST = 10_000
const SEEN_MS = 15 * 60_000
const WRITES_AT_ONCE = 32

/** Names of a series' columns, all together: they share one item of 400 KB. */
const NAMES_BYTES = 390_000

/**
 * Spans are kept as powers of two, from a millisecond on, so that the set of them stays small however many blocks there
 * are, and no number is smaller than DynamoDB takes.
 */
const spanClass = (ms: number): number => (ms <= 0 ? 0 : 2 ** Math.max(0, Math.ceil(Math.log2(ms))))

/** Writes into the catalog what blocks bring that it may not hold yet. Comes before the blocks, so that it never lags. */
export async function saveSeries(clientId: string, blocks: readonly Described[]): Promise<void> {
  const news = [...Map.groupBy(blocks, ({ source }) => source)].flatMap(([source, own]) => {
    const columns = new Set(own.flatMap((block) => [...block.columns.keys()]))
    const span = own.reduce((longest, block) => Math.max(longest, spanClass(block.span)), 0)
    const known = seenOf(clientId, source)
    const fresh = [...columns].filter((name) => !known?.columns.has(name))
    const isNews = !known || fresh.length > 0 || span > known.longestSpan
    return isNews ? [{ source, found: { columns: fresh, span } }] : []
  })
  // One write is refused or done as a whole; before several, each series is asked whether it has room, so that a
  // refusal leaves no trace in the others.
  if (news.length > 1) await inParallel(news, WRITES_AT_ONCE, ({ source, found }) => checkRoom(clientId, source, found))
  await inParallel(news, WRITES_AT_ONCE, async ({ source, found }) => {
    await discover(clientId, source, found)
  })
  if (news.length === 0) return
  // Remembered once all is noted: what fails in between is noted again.
  await saveColumns(clientId, new Set(blocks.flatMap(({ columns }) => [...columns.keys()])))
  for (const { source, found } of news) remember(clientId, source, found)
}

function seenOf(clientId: string, source: string) {
  const known = seen.get(`${clientId}#${source}`)
  return known && known.until > Date.now() ? known : undefined
}

function remember(clientId: string, source: string, { columns, span }: Discovery): void {
  const known = seenOf(clientId, source)
  if (seen.size >= SEEN_AT_MOST) seen.clear()
  seen.set(`${clientId}#${source}`, {
    source,
    columns: new Set([...(known?.columns ?? []), ...columns]),
    longestSpan: Math.max(span, known?.longestSpan ?? 0),
    until: known?.until ?? Date.now() + SEEN_MS,
  })
}

async function checkRoom(clientId: string, source: string, { columns }: Discovery): Promise<void> {
  const known = await findSeries(clientId, source)
  const all = [...new Set([...(known?.columns ?? []), ...columns])]
  const bytes = all.reduce((sum, name) => sum + Buffer.byteLength(name), 0)
  if (all.length > LIMITS.seriesColumns || bytes > NAMES_BYTES) throw tooManyColumns(source)
}

async function discover(clientId: string, source: string, { columns, span }: Discovery): Promise<void> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: MEASUREMENTS_TABLE,
        Key: catalogKey(clientId, source),
        // Sets only ever grow by union, so concurrent uploads cannot undo each other.
        UpdateExpression: columns.length > 0 ? 'ADD #columns :columns, #spans :spans' : 'ADD #spans :spans',
        ConditionExpression: 'attribute_not_exists(#columns) OR size(#columns) <= :room',
        ExpressionAttributeNames: { '#columns': 'columns', '#spans': 'spans' },
        ExpressionAttributeValues: {
          ...(columns.length > 0 && { ':columns': { SS: columns } }),
          ':spans': { NS: [String(span)] },
          ':room': { N: String(LIMITS.seriesColumns - columns.length) },
        },
      }),
    )
  } catch (error) {
    if (!isConditionFailure(error) && !isItemTooLarge(error)) throw error
    const known = await findSeries(clientId, source)
    const fresh = columns.filter((name) => !known?.columns.has(name))
    if (fresh.length === columns.length) throw tooManyColumns(source)
    await discover(clientId, source, { columns: fresh, span })
  }
}

function tooManyColumns(source: string): Problem {
  const detail = `"${source}" would have more than ${LIMITS.seriesColumns} different columns, or names too long to list`
  return new Problem('limit_exceeded', `${detail}. Use the same column names in every upload.`)
}
