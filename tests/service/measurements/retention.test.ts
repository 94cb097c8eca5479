// @module-tag local-only
// It tests the dates in stored items. A deployment deletes expired items later than any test can wait.
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const DAYS = 30
const DAY_MS = 86_400_000

let latchkey: Latchkey
let client: string
/** UNIX milliseconds of the first day of a test. */
let start: number
beforeAll(async () => {
  latchkey = await startLatchkey({ RETENTION_DAYS_MEASUREMENTS: String(DAYS) })
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  await restart(DAYS)
  start = Date.now()
  client = (await latchkey.register({ scope: 'upload download' })).client_id
})
afterEach(() => {
  vi.useRealTimers()
})

/** Continues with another setting. */
async function restart(days: number | null) {
  process.env['RETENTION_DAYS_MEASUREMENTS'] = days === null ? '' : String(days)
  await latchkey.anotherContainer()
}
const onDay = (day: number) => vi.useFakeTimers({ toFake: ['Date'], now: start + day * DAY_MS })

/** Uploads one row of a box, measured in 2026. */
async function upload(row: Record<string, unknown>, box = 'roof') {
  const body = JSON.stringify([{ time: 1772442000, box, ...row }])
  const answer = await latchkey.upload(await latchkey.token(client, { expiry_minutes: '5' }), body)
  expect(answer.status).toBe(200)
}
const seriesList = z.object({ series: z.array(z.object({ source: z.string(), columns: z.array(z.string()) })) })
async function series() {
  const answer = await latchkey.asAdmin(`/series?client_id=${client}`)
  return seriesList.parse(await answer.json()).series.map(({ source, columns }) => [source, columns.join()])
}
async function timesOf(source: string) {
  const answer = await latchkey.asAdmin(`/series?client_id=${client}&source=${source}`)
  return z.object({ series: z.array(z.object({ last: z.string().optional() })) }).parse(await answer.json()).series
}
const values = async (parameters: Record<string, string> = {}) =>
  (await latchkey.rows(client, parameters)).map(({ co2 }) => co2)
/** `expires_at` of the items of a partition, in days from the start; null for never. */
async function expiryDays(partition: string): Promise<(number | null)[]> {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: process.env['MEASUREMENTS_TABLE'] ?? '',
      KeyConditionExpression: 'series = :series',
      ExpressionAttributeValues: { ':series': partition },
      ConsistentRead: true,
    }),
  )
  return Items.map(({ expires_at: at }) => (at === undefined ? null : Math.round((at * 1000 - start) / DAY_MS)))
}
const catalogDays = async () => [...(await expiryDays(`catalog#${client}`)), ...(await expiryDays(`columns#${client}`))]

describe('with RETENTION_DAYS_MEASUREMENTS', () => {
  it('stores when blocks expire, and the catalog a day later', async () => {
    await upload({ co2: 1 })
    expect(await expiryDays(`${client}#roof`)).toEqual([DAYS])
    expect(await catalogDays()).toEqual([DAYS + 1, DAYS + 1])
  })

  it('returns no expired rows, series and columns, although DynamoDB has not deleted them', async () => {
    await upload({ co2: 1 })
    onDay(DAYS - 0.01)
    expect(await values()).toEqual([1])
    onDay(DAYS + 0.01)
    for (const parameters of [{}, { source: 'roof' }, { cols: 'co2' }]) expect(await values(parameters)).toEqual([])
    expect(await timesOf('roof')).toEqual([{}])
    onDay(DAYS + 1.01)
    expect(await series()).toEqual([])
    expect(await timesOf('roof')).toEqual([])
  })

  it('keeps a series until its newest block expires, with one write a day', async () => {
    await upload({ co2: 1 })
    onDay(20)
    await upload({ co2: 2 })
    expect(await catalogDays()).toEqual([20 + DAYS + 1, 20 + DAYS + 1])
    latchkey.database.commands.length = 0
    onDay(20.01)
    await upload({ co2: 2.5 })
    expect(latchkey.database.commands).not.toContain('UpdateItem')
    onDay(DAYS + 5)
    expect(await values()).toEqual([2, 2.5])
    expect(await series()).toEqual([['roof', 'box,co2,time']])
    await upload({ co2: 3 }, 'cellar')
    onDay(20 + DAYS + 2)
    expect(await series()).toEqual([['cellar', 'box,co2,time']])
    expect(await values()).toEqual([3])
  })

  it('stores rows again that have expired, and only their columns', async () => {
    await upload({ co2: 1, noise: 2 })
    await upload({ co2: 3 })
    onDay(DAYS + 2)
    await upload({ co2: 3 })
    expect(await values()).toEqual([3])
    expect(await series()).toEqual([['roof', 'box,co2,time']])
    expect(Object.keys((await latchkey.rows(client))[0] ?? {})).not.toContain('noise')
  })

  it('does not expire what was stored before it was set', async () => {
    await restart(null)
    await upload({ co2: 1 })
    await restart(DAYS)
    await upload({ co2: 2 })
    expect(await expiryDays(`${client}#roof`)).toEqual(expect.arrayContaining([null, DAYS]))
    expect(await catalogDays()).toEqual([null, null])
    onDay(DAYS + 2)
    expect(await values()).toEqual([1])
    expect(await series()).toEqual([['roof', 'box,co2,time']])
  })

  it('keeps the catalog of what is stored after it was unset', async () => {
    await upload({ co2: 1 })
    await restart(null)
    await upload({ co2: 2 })
    expect(await catalogDays()).toEqual([null, null])
    onDay(DAYS + 2)
    expect(await values()).toEqual([2])
  })

  it('does not shorten the life of a series', async () => {
    await upload({ co2: 1 })
    await restart(7)
    await upload({ co2: 2 })
    expect(await catalogDays()).toEqual([DAYS + 1, DAYS + 1])
    expect(await expiryDays(`${client}#roof`)).toEqual(expect.arrayContaining([7, DAYS]))
  })

  it('stores a large block again that has expired', async () => {
    const rows = Array.from({ length: 1_440 }, (_, row) => row)
    const body = JSON.stringify({ time: rows, a: rows.map((row) => Math.sin(row)) })
    const send = async () => latchkey.upload(await latchkey.token(client, { expiry_minutes: '5' }), body)
    expect((await send()).status).toBe(200)
    onDay(DAYS + 1)
    expect(await values()).toEqual([])
    expect((await send()).status).toBe(200)
    expect(await values()).toHaveLength(rows.length)
  })

  it('lists a series again that a purge removed during an upload', async () => {
    const { DeleteCommand } = await import('@aws-sdk/lib-dynamodb')
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    let removals = 0
    latchkey.database.plan = async (command, body) => {
      if (command !== 'UpdateItem' || !body.includes('ADD #columns') || removals > 0) return undefined
      removals += 1
      const Key = { series: `catalog#${client}`, block: 'roof' }
      await documents.send(new DeleteCommand({ TableName: process.env['MEASUREMENTS_TABLE'] ?? '', Key }))
      return undefined
    }
    await upload({ co2: 1 })
    latchkey.database.plan = () => undefined
    expect(removals).toBe(1)
    expect(await series()).toEqual([['roof', 'box,co2,time']])
    expect(await catalogDays()).toEqual([DAYS + 1, DAYS + 1])
  })
})
