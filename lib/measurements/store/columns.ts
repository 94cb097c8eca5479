import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { boundedCache } from '../../core/bounded-cache.ts'
import type { DataOwner } from '../../core/caller.ts'
import { dynamodb, isItemTooLarge, sendIfConditionHolds } from '../../dynamodb/client.ts'
import { expiryWithSlack, isItemExpired, readExpiry } from '../../dynamodb/expiry.ts'
import { LIMITS } from '../limits.ts'
import { extendExpiry, removeExpiry } from './expiry.ts'
import { CACHE_MS, namesBytes } from './known-series.ts'
import { listSeries } from './series.ts'

/** One item lists the columns of all series of a client, so that a download need not read the whole catalog. */
export const columnsKey = (clientId: string) => ({ series: { S: `columns#${clientId}` }, block: { S: 'all' } })

interface KnownColumns {
  columns: ReadonlySet<string>
  /** Whether the columns are too many for one item, which then has none of them. */
  tooMany: boolean
  /** UNIX seconds; Infinity for never. */
  end: number
}

const MAX_BYTES = 8_000_000
const cache = boundedCache<KnownColumns>(MAX_BYTES, ({ columns }) => namesBytes(columns))

/** Without this, each container would extend the item whenever it reads it. */
const EXPIRY_SLACK_SECONDS = 43_200

interface SaveOptions {
  /** `expires_at` of the blocks (UNIX seconds); undefined for never. The item expires later. */
  lastsUntil: number | undefined
  /** Whether the columns may be those that this container has read within 15 minutes. */
  mayRecall: boolean
}

/**
 * Adds columns to those of a client. Call it before writing the blocks, so that it never lags. Unless it may recall them,
 * it reads the item. A purge may have removed it, and adding to a cached copy would store an incomplete item.
 */
export async function saveColumns(
  clientId: string,
  columns: ReadonlySet<string>,
  { lastsUntil, mayRecall }: SaveOptions,
): Promise<void> {
  const known = mayRecall ? cache.get(clientId) : undefined
  if (columns.size === 0 || (known && hasAll(known, columns, lastsUntil))) return
  const now = Date.now()
  const item = await findColumnsItem(clientId)
  const key = columnsKey(clientId)
  const expiresAt = expiryWithSlack(lastsUntil)
  let end = item ? (readExpiry(item) ?? Infinity) : 0
  if (expiresAt !== undefined && end < expiresAt - EXPIRY_SLACK_SECONDS) {
    await extendExpiry(key, expiresAt)
    end = expiresAt
  } else if (expiresAt === undefined) {
    if (item && end < Infinity) await removeExpiry(key)
    end = Infinity
  }
  const stored = new Set(item?.['columns']?.SS)
  let tooMany = item?.['too_many'] !== undefined
  const newColumns = columns.difference(stored)
  if (!tooMany && newColumns.size > 0 && !(await addColumns(clientId, [...newColumns]))) {
    await markAsTooMany(clientId)
    tooMany = true
  }
  cache.set(clientId, { columns: tooMany ? new Set() : stored.union(columns), tooMany, end }, now, now + CACHE_MS)
}

const hasAll = (known: KnownColumns, columns: ReadonlySet<string>, lastsUntil: number | undefined): boolean =>
  known.end >= (lastsUntil ?? Infinity) && (known.tooMany || columns.isSubsetOf(known.columns))

async function findColumnsItem(clientId: string) {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: columnsKey(clientId), ConsistentRead: true }),
  )
  return Item && !isItemExpired(Item) ? Item : undefined
}

/** False if the item has no room for them. */
async function addColumns(clientId: string, columns: string[]): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const write = new UpdateItemCommand({
    TableName: MEASUREMENTS_TABLE,
    Key: columnsKey(clientId),
    UpdateExpression: 'ADD #columns :columns',
    ConditionExpression: 'attribute_not_exists(#columns) OR size(#columns) <= :room',
    ExpressionAttributeNames: { '#columns': 'columns' },
    ExpressionAttributeValues: {
      ':columns': { SS: columns },
      ':room': { N: String(LIMITS.seriesColumns - columns.length) },
    },
  })
  return sendIfConditionHolds(write).catch((error) => {
    if (isItemTooLarge(error)) return false
    throw error
  })
}

/** Removes the columns, since a full item has no room for the mark. */
async function markAsTooMany(clientId: string): Promise<void> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Key: columnsKey(clientId),
      UpdateExpression: 'SET too_many = :true REMOVE #columns',
      ExpressionAttributeNames: { '#columns': 'columns' },
      ExpressionAttributeValues: { ':true': { BOOL: true } },
    }),
  )
}

/**
 * The columns of all series that an owner may read. Reads the catalog for a participant, who has few series, and if the
 * columns of a client are too many for one item.
 */
export async function listColumns(owner: DataOwner): Promise<ReadonlySet<string>> {
  const item = owner.participant === undefined ? await findColumnsItem(owner.clientId) : undefined
  if (item && item['too_many'] === undefined) return new Set(item['columns']?.SS)
  return new Set((await listSeries(owner)).flatMap(({ columns }) => [...columns]))
}
