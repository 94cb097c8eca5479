// @module-tag local-only
// The number of commands is that of one container.
import { DeleteItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let tables: DynamoDBClient
let TableName: string
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  tables = new DynamoDBClient({ endpoint: latchkey.database.endpoint, region: 'local', credentials })
  TableName = process.env['MEASUREMENTS_TABLE'] ?? ''
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const upload = async (body: unknown) => expect((await latchkey.upload(token, JSON.stringify(body))).status).toBe(200)
const download = async (query: string) => {
  const answer = await latchkey.asAdmin(`/download?format=csv&client_id=${clientId}&${query}`)
  expect(answer.status).toBe(200)
  const [head = '', ...rows] = (await answer.text()).trim().split('\r\n')
  const next = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
  return { columns: head.split(','), rows, next }
}
/** Number of queries that `run` sends. */
async function queriesOf(run: () => Promise<unknown>): Promise<number> {
  const before = latchkey.database.commands.length
  await run()
  return latchkey.database.commands.slice(before).filter((command) => command === 'Query').length
}

describe('the columns of all series of a client', () => {
  it('include those of every series from the first upload', async () => {
    await upload({ time: 1, box: 'a', co2: 400 })
    await upload({ time: 2, box: 'b', humidity: 50 })
    const { columns, rows } = await download('')
    expect(columns.slice(0, 4)).toEqual(['time', 'box', 'co2', 'humidity'])
    expect(rows).toHaveLength(2)
    const nothing = await latchkey.register()
    const answer = await latchkey.asAdmin(`/download?format=csv&client_id=${nothing.client_id}`)
    expect(await answer.text()).toBe('time_upload_utc,matched_checksums,failed_checksums\r\n')
  })

  it('are found without reading the catalog entry of every series', async () => {
    const boxes = Array.from({ length: 60 }, (_, index) => `box ${String(index).padStart(2, '0')}`)
    await upload({ time: boxes.map((_, index) => index), box: boxes })
    const asked = await queriesOf(() => download('number=2'))
    // One query for the catalog, and one for each series with a returned row.
    expect(asked).toBeLessThanOrEqual(1 + 3)

    const seen: string[] = []
    let next: string | undefined = `/download?format=ndjson&cols=box&number=14&client_id=${clientId}`
    while (next !== undefined) {
      const answer: Response = await latchkey.asAdmin(next)
      const lines = (await answer.text()).trim().split('\n')
      seen.push(...lines.map((line): string => JSON.parse(line).box))
      next = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(boxes)
  })

  it('include series whose names sort differently in UTF-8 and UTF-16', async () => {
    // UTF-16 and UTF-8 order the first two differently.
    const boxes = ['\u{1f600}', '\uffee', 'z', 'é']
    await upload({ time: boxes.map((_, index) => index), box: boxes })
    const seen: string[] = []
    let next: string | undefined = `/download?format=ndjson&cols=box&number=1&client_id=${clientId}`
    while (next !== undefined) {
      const answer: Response = await latchkey.asAdmin(next)
      const text = (await answer.text()).trim()
      if (text !== '') seen.push(JSON.parse(text).box)
      next = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    expect(seen.toSorted()).toEqual(boxes.toSorted())
  })

  it('are read from the catalog if their number exceeds one item', async () => {
    const names = (from: number) =>
      Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`c${from + index}`, 1]))
    await upload({ time: 1, box: 'a', ...names(0) })
    await upload({ time: 2, box: 'b', ...names(900) })
    await upload({ time: 3, box: 'c', ...names(1_800) })
    const answer = await latchkey.asAdmin(`/download?format=csv&client_id=${clientId}`)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('there are 27')
    expect((await download('cols=c5,c2000&min_c2000=1')).rows).toEqual([',1'])
  })

  it('are read from the catalog if their names exceed the size of one item', async () => {
    const names = (box: string) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'\u4e00'.repeat(120)}${box}${index}`, 1]))
    for (const box of ['a', 'b', 'c']) await upload({ time: 1, box, ...names(box) })
    expect((await download(`cols=${encodeURIComponent(`${'\u4e00'.repeat(120)}c7`)}&source=c`)).rows).toEqual(['1'])
    expect((await download('number=1')).columns).toHaveLength(2 + 1_500 + 3)
  })

  it('are complete again after a purge, despite a container’s cache', async () => {
    await upload({ time: 1, box: 'a', co2: 400, temp: 20 })
    // Deletes what a purge deletes.
    for (const [series, block] of [
      ['columns', 'all'],
      ['catalog', 'a'],
    ])
      await tables.send(
        new DeleteItemCommand({ TableName, Key: { series: { S: `${series}#${clientId}` }, block: { S: `${block}` } } }),
      )
    await upload({ time: 2, box: 'b', co2: 401, temp: 21, hum: 50 })
    expect((await download('')).columns.slice(0, 5)).toEqual(['time', 'box', 'co2', 'hum', 'temp'])
    expect((await download('min_co2=401')).rows).toHaveLength(1)
  })

  it('do not exceed the limit because of names that are already stored', async () => {
    const names = (from: number) =>
      Object.fromEntries(Array.from({ length: 990 }, (_, index) => [`c${from + index}`, 1]))
    await upload({ time: 1, box: 'a', ...names(0) })
    await upload({ time: 2, box: 'b', ...names(500) })
    const other = await latchkey.anotherContainer()
    expect((await other.upload(token, JSON.stringify({ time: 3, box: 'c', ...names(500) }))).status).toBe(200)
    const Key = { series: { S: `columns#${clientId}` }, block: { S: 'all' } }
    const { Item } = await tables.send(new GetItemCommand({ TableName, Key }))
    expect(Item?.['columns']?.SS).toHaveLength(2 + 1_490)
    expect(Item).not.toHaveProperty('too_many')
  })

  it('are stored if two times differ by the smallest double', async () => {
    await upload({ time: [0, 5e-324], a: [1, 2] })
    expect((await download('')).rows).toHaveLength(2)
  })

  it('are stored before the rows that have them, also after failures', async () => {
    await upload({ time: 1, a: 1 })
    latchkey.database.plan = (command, body) =>
      command === 'UpdateItem' && body.includes('columns#') ? 'failing' : undefined
    expect((await latchkey.upload(token, JSON.stringify({ time: 2, b: 1 }))).status).toBe(503)
    expect(await latchkey.rows(clientId)).toHaveLength(1)
    latchkey.database.plan = () => undefined
    await upload({ time: 2, b: 1 })
    expect((await download('')).columns.slice(0, 3)).toEqual(['time', 'a', 'b'])
  })
})
