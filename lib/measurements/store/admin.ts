import { DeleteItemCommand, paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { dynamodb } from '../../dynamodb/client.ts'
import { itemBytes, type PurgeItem, type RawItem } from '../../dynamodb/purge-items.ts'
import { rowTime } from '../times.ts'
import { columnsKey } from './columns.ts'
import { importsKey } from './imports.ts'
import { catalogPartitions, seriesKey, toSeriesId } from './keys.ts'
import { type StoredBlock, toBlock } from './read-blocks.ts'
import { listSeries, type Series, toSeries } from './series.ts'

const table = async () => (await getSettings('MEASUREMENTS_TABLE')).MEASUREMENTS_TABLE

/** All items of a partition, as they are stored. */
async function* itemsOf(series: string): AsyncGenerator<RawItem> {
  const input = {
    TableName: await table(),
    ConsistentRead: true,
    KeyConditionExpression: 'series = :series',
    ExpressionAttributeValues: { ':series': { S: series } },
  }
  for await (const { Items = [] } of paginateQuery({ client: dynamodb }, input)) yield* Items
}

/** Describes an item without its content, since there may be many. */
function toPurgeItem(kind: string, item: RawItem, more: Partial<PurgeItem> = {}): PurgeItem {
  const { series = { S: '' }, block = { S: '' } } = item
  const remove = async () => {
    await dynamodb.send(new DeleteItemCommand({ TableName: await table(), Key: { series, block } }))
  }
  return { kind, key: `measurements ${series.S} ${block.S}`, bytes: itemBytes(item), remove, ...more }
}

/** Series that may contain blocks of an owner, by their partition keys. */
async function findOwnedSeries({ clientId, participant }: DataOwner) {
  const catalog: Pick<Series, 'participant' | 'source'>[] = await listSeries({ clientId })
  const owned = catalog.filter(
    (entry) => participant === undefined || entry.participant === undefined || entry.participant === participant,
  )
  // The catalog may no longer list these two.
  if (participant !== undefined) owned.push({ source: participant }, { participant, source: participant })
  return new Map(owned.map((entry) => [seriesKey(clientId, toSeriesId(entry)), entry]))
}

/**
 * Yields the blocks of an owner, series by series, and after each series whether its removal empties the series. All
 * blocks in the series of a participant belong to the participant. Blocks from before there were such series belong to
 * the participant whose token sent them. If they do not name a sender, those without a box belong to the participant
 * with the name of their series.
 */
export async function* ownedBlocks(owner: DataOwner): AsyncGenerator<PurgeItem | { series: string; emptied: boolean }> {
  for (const [key, { participant, source }] of await findOwnedSeries(owner)) {
    const name = participant === undefined || participant === source ? source : `${participant}/${source}`
    let others = false
    // A repeated purge finds no blocks, but must still remove the catalog entries of these series.
    let touched = owner.participant === undefined || [participant, source].includes(owner.participant)
    for await (const item of itemsOf(key)) {
      const block = toBlock(source, item)
      const isOwned =
        owner.participant === undefined ||
        participant === owner.participant ||
        isSentBy(owner.participant, source, item['participant']?.S, block.columns)
      others ||= !isOwned
      if (!isOwned) continue
      touched = true
      const [first, last] = [rowTime(block, 0), rowTime(block, block.rows - 1)]
      yield toPurgeItem('measurements', item, { source: name, rows: block.rows, first, last })
    }
    yield { series: key, emptied: touched && !others }
  }
}

function isSentBy(
  participant: string,
  source: string,
  sender: string | undefined,
  columns: StoredBlock['columns'],
): boolean {
  if (sender !== undefined) return sender === participant
  // Blocks without a participant have no owner, even if a participant has the name of their series.
  return (
    source === participant && source !== 'default' && !columns.get('box')?.some((cell) => cell !== null && cell !== '')
  )
}

/** Yields the catalog items of emptied series, given by key. An item stays if blocks were stored meanwhile. */
export async function* ownedCatalog(clientId: string, emptied: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  const { own, ofParticipants } = catalogPartitions(clientId)
  for (const partition of [own, ofParticipants]) {
    for await (const item of itemsOf(partition)) {
      const key = seriesKey(clientId, toSeriesId(toSeries(item)))
      if (!emptied.has(key)) continue
      const purgeItem = toPurgeItem('catalog', item)
      const remove = async () => {
        if (!(await hasBlocks(key))) await purgeItem.remove()
      }
      yield { ...purgeItem, remove }
    }
  }
}

async function hasBlocks(series: string): Promise<boolean> {
  const { Count = 0 } = await dynamodb.send(
    new QueryCommand({
      TableName: await table(),
      ConsistentRead: true,
      KeyConditionExpression: 'series = :series',
      ExpressionAttributeValues: { ':series': { S: series } },
      Limit: 1,
      Select: 'COUNT',
    }),
  )
  return Count > 0
}

/** Yields the item with the columns of all series, if all series are empty. */
export async function* ownedColumns(clientId: string, emptied: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  const series = await listSeries({ clientId })
  if (series.some((entry) => !emptied.has(seriesKey(clientId, toSeriesId(entry))))) return
  for await (const item of itemsOf(columnsKey(clientId).series.S)) {
    const purgeItem = toPurgeItem('catalog', item)
    const remove = async () => {
      if ((await listSeries({ clientId })).length === 0) await purgeItem.remove()
    }
    yield { ...purgeItem, remove }
  }
}

/** Yields the import states of a client. */
export async function* ownedImports(clientId: string): AsyncGenerator<PurgeItem> {
  for await (const item of itemsOf(importsKey(clientId))) yield toPurgeItem('imports', item)
}
