import { GetItemCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { participantDigest } from '../../core/identifiers.ts'
import { dynamodb, readString } from '../../dynamodb/client.ts'
import { isItemExpired } from '../../dynamodb/expiry.ts'
import type { StoredAttribute } from '../columns.ts'
import { catalogKey, catalogPartitions, type SeriesId } from './keys.ts'

const units = z.record(z.string(), z.string())

/** Units of a series by column. */
export type Units = Readonly<Record<string, string>>

/** A warning of an upload to a series; `count` is the number of values, lines or bytes. */
export const seriesWarning = z.object({
  kind: z.string(),
  sentence: z.string(),
  count: z.int(),
  received_at: z.iso.datetime(),
})
export type SeriesWarning = z.output<typeof seriesWarning>

/** Catalog entry of a series. */
export interface Series {
  /** The participant that owns the series; absent if the client itself owns it. */
  participant?: string
  source: string
  columns: ReadonlySet<string>
  /** Milliseconds; no block of the series has a longer time from its first row to its last. */
  longestSpan: number
  units: Units
  /** Those of the last upload that had any. */
  warnings: readonly SeriesWarning[]
  /** Milliseconds; the time in the key of a block is at most this long after its first row. Only early versions wrote such keys. */
  keyDelay: number
}

/** The catalog entry of one series; null before its first upload, and after it has expired. */
export async function findSeries(clientId: string, id: SeriesId): Promise<Series | null> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: catalogKey(clientId, id), ConsistentRead: true }),
  )
  return Item && !isItemExpired(Item) ? toSeries(Item) : null
}

/** Yields the series that an owner may read, from one on. A client also reads the series of its participants. */
export async function* seriesFrom({ clientId, participant }: DataOwner, from?: SeriesId): AsyncGenerator<Series> {
  const { own, ofParticipants } = catalogPartitions(clientId)
  const fromKey = from && catalogKey(clientId, from).block.S
  if (participant !== undefined) {
    const digest = participantDigest(participant)
    // `$` is the character after `#`.
    yield* readCatalog(ofParticipants, fromKey?.startsWith(`${digest}#`) ? fromKey : `${digest}#`, `${digest}$`)
    return
  }
  if (from?.participant === undefined) yield* readCatalog(own, fromKey)
  yield* readCatalog(ofParticipants, from?.participant === undefined ? undefined : fromKey)
}

/** Items of the first query; most pages need no further series. Doubles with every query. */
const FIRST_LIMIT = 8
const MAX_LIMIT = 1_000

/** Yields entries of a partition in the order of UTF-8 bytes. Reads few more than the consumer uses. */
async function* readCatalog(partition: string, from?: string, to?: string): AsyncGenerator<Series> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const isBounded = from !== undefined && from !== ''
  const range = to === undefined ? '#block >= :from' : '#block BETWEEN :from AND :to'
  let start: QueryCommandOutput['LastEvaluatedKey']
  let limit = FIRST_LIMIT
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        TableName: MEASUREMENTS_TABLE,
        KeyConditionExpression: isBounded ? `series = :partition AND ${range}` : 'series = :partition',
        ...(isBounded && { ExpressionAttributeNames: { '#block': 'block' } }),
        ExpressionAttributeValues: {
          ':partition': { S: partition },
          ...(isBounded && { ':from': { S: from } }),
          ...(to !== undefined && { ':to': { S: to } }),
        },
        ConsistentRead: true,
        Limit: limit,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    for (const item of Items) if (!isItemExpired(item)) yield toSeries(item)
    start = LastEvaluatedKey
    limit = Math.min(limit * 2, MAX_LIMIT)
  } while (start)
}

/** All series that an owner may read. Reads the whole catalog, which may be long. */
export const listSeries = (owner: DataOwner): Promise<Series[]> => Array.fromAsync(seriesFrom(owner))

type CatalogItem = Record<string, StoredAttribute & { SS?: string[]; NS?: string[] }>

/** Decodes a catalog entry. */
export function toSeries(item: CatalogItem): Series {
  const key = readString(item, 'block')
  const participant = item['participant']?.S
  return {
    ...(participant !== undefined && { participant }),
    source: participant === undefined ? key : key.slice(key.indexOf('#') + 1),
    columns: new Set(item['columns']?.SS),
    longestSpan: longestSpanOf(item),
    keyDelay: longest(item['spans']),
    units: units.parse(JSON.parse(item['units']?.S ?? '{}')),
    warnings: z.array(seriesWarning).parse(JSON.parse(item['warnings']?.S ?? '[]')),
  }
}

/** `longestSpan` of a catalog entry. */
export const longestSpanOf = (item: CatalogItem): number => Math.max(longest(item['spans']), longest(item['durations']))

const longest = (spans: { NS?: string[] } | undefined): number => Math.max(0, ...(spans?.NS ?? []).map(Number))
