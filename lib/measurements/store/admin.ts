import { DeleteItemCommand, paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb, readString } from '../../dynamodb/client.ts'
import { type DataOwner, itemBytes, type PurgeItem, type RawItem } from '../../dynamodb/purge-items.ts'
import { rowTime } from '../times.ts'
import { seriesKey, toBlock } from './blocks.ts'
import { columnsKey } from './columns.ts'
import { importsKey } from './imports.ts'
import { catalogKey, listSeries } from './series.ts'

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

/**
 * Yields the blocks of an owner, series by series, and after each series whether blocks of others remain in it. A
 * participant owns the blocks that were sent with their token. Older blocks do not name a sender; there, they own the
 * blocks without a box in the series with their name.
 */
export async function* ownedBlocks(owner: DataOwner): AsyncGenerator<PurgeItem | { source: string; others: boolean }> {
  const { clientId, participant } = owner
  const sources = new Set((await listSeries(clientId)).map(({ source }) => source))
  // The catalog may no longer list this series.
  if (participant !== undefined) sources.add(participant)
  for (const source of sources) {
    let others = false
    for await (const item of itemsOf(seriesKey(clientId, source))) {
      const block = toBlock(source, item)
      const isOwned = participant === undefined || isSentBy(participant, source, item['participant']?.S, block.columns)
      others ||= !isOwned
      if (!isOwned) continue
      const [first, last] = [rowTime(block, 0), rowTime(block, block.rows - 1)]
      yield toPurgeItem('measurements', item, { source, rows: block.rows, first, last })
    }
    yield { source, others }
  }
}

function isSentBy(
  participant: string,
  source: string,
  sender: string | undefined,
  columns: ReadonlyMap<string, readonly unknown[]>,
): boolean {
  if (sender !== undefined) return sender === participant
  // Blocks without a participant have no owner, even if a participant has the name of their series.
  return (
    source === participant && source !== 'default' && !columns.get('box')?.some((cell) => cell !== null && cell !== '')
  )
}

/** Yields the catalog items of emptied series. An item stays if blocks were stored meanwhile. */
export async function* ownedCatalog(clientId: string, emptied: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  for await (const item of itemsOf(catalogKey(clientId, '').series.S)) {
    const source = readString(item, 'block')
    if (!emptied.has(source)) continue
    const purgeItem = toPurgeItem('catalog', item)
    const remove = async () => {
      if (!(await hasBlocks(clientId, source))) await purgeItem.remove()
    }
    yield { ...purgeItem, remove }
  }
}

async function hasBlocks(clientId: string, source: string): Promise<boolean> {
  const { Count = 0 } = await dynamodb.send(
    new QueryCommand({
      TableName: await table(),
      ConsistentRead: true,
      KeyConditionExpression: 'series = :series',
      ExpressionAttributeValues: { ':series': { S: seriesKey(clientId, source) } },
      Limit: 1,
      Select: 'COUNT',
    }),
  )
  return Count > 0
}

/** Yields the item with the columns of all series, if all series are empty. */
export async function* ownedColumns(clientId: string, emptied: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  if ((await listSeries(clientId)).some(({ source }) => !emptied.has(source))) return
  for await (const item of itemsOf(columnsKey(clientId).series.S)) {
    const purgeItem = toPurgeItem('catalog', item)
    const remove = async () => {
      if ((await listSeries(clientId)).length === 0) await purgeItem.remove()
    }
    yield { ...purgeItem, remove }
  }
}

/** Yields the import states of a client. */
export async function* ownedImports(clientId: string): AsyncGenerator<PurgeItem> {
  for await (const item of itemsOf(importsKey(clientId))) yield toPurgeItem('imports', item)
}
