import { DeleteItemCommand, paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb } from '../../dynamodb/client.ts'
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

/** An item of the table. What it holds is not kept with it: there may be many. */
function ownedItem(kind: string, item: RawItem, more: Partial<PurgeItem> = {}): PurgeItem {
  const { series = { S: '' }, block = { S: '' } } = item
  const remove = async () => {
    await dynamodb.send(new DeleteItemCommand({ TableName: await table(), Key: { series, block } }))
  }
  return { kind, key: `measurements ${series.S} ${block.S}`, bytes: itemBytes(item), remove, ...more }
}

/**
 * Blocks of measurements of an owner, series by series, and after those of a series whether others remain in it. A
 * participant's are those that came with a token of theirs and, of the series that is called like them, those without a
 * box: who it was that sent them was not always noted with blocks.
 */
export async function* ownedBlocks(owner: DataOwner): AsyncGenerator<PurgeItem | { source: string; others: boolean }> {
  const { clientId, participant } = owner
  const sources = new Set((await listSeries(clientId)).map(({ source }) => source))
  // Found also when the catalog has lost it.
  if (participant !== undefined) sources.add(participant)
  for (const source of sources) {
    let others = false
    for await (const item of itemsOf(seriesKey(clientId, source))) {
      const block = toBlock(source, item)
      const own = participant === undefined || isOf(participant, source, item['participant']?.S, block.columns)
      others ||= !own
      if (!own) continue
      const [first, last] = [rowTime(block, 0), rowTime(block, block.rows - 1)]
      yield ownedItem('measurements', item, { source, rows: block.rows, first, last })
    }
    yield { source, others }
  }
}

function isOf(
  participant: string,
  source: string,
  sender: string | undefined,
  columns: ReadonlyMap<string, readonly unknown[]>,
): boolean {
  if (sender !== undefined) return sender === participant
  // What came without a name is nobody's, though somebody may be called like the series in which it lies.
  return (
    source === participant && source !== 'default' && !columns.get('box')?.some((cell) => cell !== null && cell !== '')
  )
}

/** The catalog's items of series in which nothing is left; what has come in meanwhile keeps its item. */
export async function* ownedCatalog(clientId: string, emptied: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  for await (const item of itemsOf(catalogKey(clientId, '').series.S)) {
    const source = item['block']?.S ?? ''
    if (!emptied.has(source)) continue
    const owned = ownedItem('catalog', item)
    const remove = async () => {
      if (!(await hasBlocks(clientId, source))) await owned.remove()
    }
    yield { ...owned, remove }
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

/** What tells the columns of all series together, where nothing is left in any. */
export async function* ownedColumns(clientId: string, emptied: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  if ((await listSeries(clientId)).some(({ source }) => !emptied.has(source))) return
  for await (const item of itemsOf(columnsKey(clientId).series.S)) {
    const owned = ownedItem('catalog', item)
    const remove = async () => {
      if ((await listSeries(clientId)).length === 0) await owned.remove()
    }
    yield { ...owned, remove }
  }
}

/** What is noted of the imports for a client. */
export async function* ownedImports(clientId: string): AsyncGenerator<PurgeItem> {
  for await (const item of itemsOf(importsKey(clientId))) yield ownedItem('imports', item)
}
