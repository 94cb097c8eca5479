// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterEach(() => {
  vi.restoreAllMocks()
  process.env['RETENTION_DAYS_MEASUREMENTS'] = ''
})
afterAll(() => latchkey.stop())

/** The modules as another container loads them, without state. */
async function newContainer() {
  vi.resetModules()
  const [{ saveSeries }, series, { listColumns }, { catalogKey }, { dynamodb }] = await Promise.all([
    import('../../../lib/measurements/store/catalog.ts'),
    import('../../../lib/measurements/store/series.ts'),
    import('../../../lib/measurements/store/columns.ts'),
    import('../../../lib/measurements/store/keys.ts'),
    import('../../../lib/dynamodb/client.ts'),
  ])
  return { saveSeries, ...series, listColumns, catalogKey, dynamodb }
}

const bringing = (columns: string[], source = 'default', span = 0) => [
  { source, columns: new Map(columns.map((name) => [name, []])), span },
]

/** The commands that `work` sends. */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = latchkey.database.commands.length
  await work()
  return latchkey.database.commands.slice(before).sort()
}

let clients = 0
const newClient = () => ({ clientId: `client${clients++}` })

it('asks the catalog before it writes, and writes only what is new', async () => {
  const owner = newClient()
  const one = await newContainer()
  const first = await commandsOf(() => one.saveSeries(owner, bringing(['a', 'b'])))
  expect(first).toEqual(['GetItem', 'GetItem', 'UpdateItem', 'UpdateItem'])
  expect(await commandsOf(() => one.saveSeries(owner, bringing(['a'])))).toEqual([])
  const other = await newContainer()
  expect(await commandsOf(() => other.saveSeries(owner, bringing(['b', 'a'])))).toEqual(['GetItem', 'GetItem'])
  expect(await commandsOf(() => other.saveSeries(owner, bringing(['a'])))).toEqual([])
  // Only the series is new to the client.
  expect(await commandsOf(() => other.saveSeries(owner, bringing(['a'], 'box')))).toEqual([
    'GetItem',
    'GetItem',
    'UpdateItem',
  ])
  const third = await newContainer()
  await third.saveSeries(owner, bringing(['a']))
  // The columns of the client are remembered, so that a known series costs one read.
  expect(await commandsOf(() => third.saveSeries(owner, bringing(['a'], 'box')))).toEqual(['GetItem'])
  // A longer block costs a write, also to a series that is remembered.
  const longer = await commandsOf(() => third.saveSeries(owner, bringing(['a'], 'box', 1_000)))
  expect(longer.filter((command) => command === 'UpdateItem')).toHaveLength(1)
  expect(await third.findSeries(owner.clientId, { source: 'box' })).toMatchObject({ longestSpan: 1_024 })
})

it('asks again after 15 minutes, because a purge can delete the items', async () => {
  const owner = newClient()
  const { saveSeries, findSeries, listColumns, catalogKey, dynamodb } = await newContainer()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(0)
  await saveSeries(owner, bringing(['a', 'b']))
  for (const Key of [
    catalogKey(owner.clientId, { source: 'default' }),
    { series: { S: `columns#${owner.clientId}` }, block: { S: 'all' } },
  ])
    await dynamodb.send(new DeleteItemCommand({ TableName: process.env['MEASUREMENTS_TABLE'], Key }))
  clock.mockReturnValue(15 * 60_000 - 1)
  expect(await commandsOf(() => saveSeries(owner, bringing(['a'])))).toEqual([])
  clock.mockReturnValue(15 * 60_000)
  await saveSeries(owner, bringing(['a', 'b']))
  expect(await findSeries(owner.clientId, { source: 'default' })).toMatchObject({ columns: new Set(['a', 'b']) })
  expect(await listColumns(owner)).toEqual(new Set(['a', 'b']))
})

it('writes all columns of an upload to an entry that a purge has deleted', async () => {
  const owner = newClient()
  const { saveSeries, findSeries, listColumns, catalogKey, dynamodb } = await newContainer()
  await saveSeries(owner, bringing(['a']))
  for (const Key of [
    catalogKey(owner.clientId, { source: 'default' }),
    { series: { S: `columns#${owner.clientId}` }, block: { S: 'all' } },
  ])
    await dynamodb.send(new DeleteItemCommand({ TableName: process.env['MEASUREMENTS_TABLE'], Key }))
  await saveSeries(owner, bringing(['a', 'b']))
  expect(await findSeries(owner.clientId, { source: 'default' })).toMatchObject({ columns: new Set(['a', 'b']) })
  expect(await listColumns(owner)).toEqual(new Set(['a', 'b']))
})

it('does not remember a series whose columns could not be stored', async () => {
  const owner = newClient()
  const { saveSeries, listColumns } = await newContainer()
  latchkey.database.plan = (command, body) =>
    command === 'UpdateItem' && body.includes('columns#') ? 'failing' : undefined
  await expect(saveSeries(owner, bringing(['a']))).rejects.toThrow()
  latchkey.database.plan = () => undefined
  await saveSeries(owner, bringing(['a']))
  expect(await listColumns(owner)).toEqual(new Set(['a']))
})

it('rejects an upload to several series before it changes one of them', async () => {
  const owner = newClient()
  const { saveSeries, findSeries } = await newContainer()
  const many = Array.from({ length: 1_500 }, (_, index) => `c${index}`)
  await saveSeries(owner, bringing(many, 'full'))
  const others = many.map((name) => `other ${name}`)
  const refused = saveSeries(owner, [...bringing(['a'], 'new'), ...bringing(others, 'full')])
  await expect(refused).rejects.toThrow('"full" would have more than 2000 different columns')
  expect(await findSeries(owner.clientId, { source: 'new' })).toBeNull()
})

it('remembers that the columns of a client are too many for one item', async () => {
  const owner = newClient()
  const columns = (prefix: string) => Array.from({ length: 1_500 }, (_, index) => `${prefix}${index}`)
  const one = await newContainer()
  for (const box of ['x', 'y']) await one.saveSeries(owner, bringing(columns(box), box))
  const other = await newContainer()
  expect(await commandsOf(() => other.saveSeries(owner, bringing(columns('x'), 'x')))).toEqual(['GetItem', 'GetItem'])
  expect(await commandsOf(() => other.saveSeries(owner, bringing(columns('y'), 'y')))).toEqual(['GetItem'])
  expect((await other.listColumns(owner)).size).toBe(3_000)
})

it('lists all columns that several containers add at once', async () => {
  const owner = newClient()
  const containers = [await newContainer(), await newContainer(), await newContainer()]
  await Promise.all(containers.map(({ saveSeries }, index) => saveSeries(owner, bringing(['a', `b${index}`]))))
  const { listColumns, findSeries } = await newContainer()
  const columns = new Set(['a', 'b0', 'b1', 'b2'])
  expect(await listColumns(owner)).toEqual(columns)
  expect(await findSeries(owner.clientId, { source: 'default' })).toMatchObject({ columns })
})

it('extends the entries of a fleet at different times of a day', async () => {
  process.env['RETENTION_DAYS_MEASUREMENTS'] = '10'
  const owner = newClient()
  const boxes = Array.from({ length: 40 }, (_, index) => `box ${index}`)
  const all = boxes.flatMap((box) => bringing(['a'], box))
  const clock = vi.spyOn(Date, 'now').mockReturnValue(0)
  const first = await newContainer()
  await first.saveSeries(owner, all)
  const extended = async (hours: number): Promise<number> => {
    clock.mockReturnValue(hours * 3_600_000)
    const { saveSeries } = await newContainer()
    const commands = await commandsOf(() => saveSeries(owner, all))
    return commands.filter((command) => command === 'UpdateItem').length
  }
  expect(await extended(11)).toBe(0)
  const counts = [await extended(15), await extended(18), await extended(21), await extended(24)]
  for (const count of counts) expect(count).toBeGreaterThan(2)
  // Two updates for each series, and one for the columns of the client.
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2 * boxes.length + 1)
})
