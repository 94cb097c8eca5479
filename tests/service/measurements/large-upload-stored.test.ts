// @module-tag local-only
// These tests call a module of lib/, and inject faults into the database.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { gatherLogs } from '../../support/logs.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

const DAY = 86_400
const START = Math.floor(Date.now() / 1_000) - 10 * DAY

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  gatherLogs()
  latchkey = await startLatchkey({ RETENTION_DAYS_MEASUREMENTS: '30' })
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  latchkey.database.plan = () => undefined
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const lines = (names: string, rows: number, row: (index: number) => string) =>
  [names, ...numbers(rows).map(row)].join('\n')
/** A day of readings of two boxes, one of which has a reading that is not a number. */
const READINGS = lines('time,box,temp,"door!"\ns,,°C,', 600, (row) => {
  const temp = row === 500 ? 'NaN' : row / 10
  return `${START + 60 * row},${row % 3 === 0 ? 'roof' : 'garden'},${temp},${row % 2}`
})

interface FileOptions {
  participant?: string
  attributes?: Record<string, { S: string }>
  type?: string
  deadlineMs?: number
  /** Saves of the first run, which is then interrupted. */
  maxSaves?: number
}

/** A file whose runs share their progress. */
function fileOf(
  text: string,
  { participant, attributes = {}, type = 'text/csv', deadlineMs = 60_000, maxSaves = Infinity }: FileOptions = {},
) {
  const body = Buffer.from(text)
  let progress: unknown
  let saves = 0
  return {
    async run() {
      const { storeLargeUpload } = await import('../../../lib/measurements/large/store-large-upload.ts')
      const owner = { clientId, ...(participant !== undefined && { participant }) }
      return storeLargeUpload(
        {
          ...{ fileId: 'f1', type, options: {}, owner, receivedAt: Date.now(), size: body.length },
          attributesOf: () => attributes,
        },
        async (start, end) => body.subarray(start, end),
        progress,
        async (next) => {
          progress = JSON.parse(JSON.stringify(next))
          saves += 1
          if (saves === maxSaves) throw new Error('interrupted')
        },
        Date.now() + deadlineMs,
        { partBytes: 4_000 },
      )
    },
    progress: () => z.object({ pass: z.string(), rows: z.number() }).parse(progress),
  }
}

const rowsOf = (client: string) => latchkey.rows(client, { times: 'sent', number: '10000' })
const seriesList = z.object({
  series: z.array(
    z.object({
      source: z.string(),
      columns: z.array(z.string()),
      units: z.record(z.string(), z.string()).optional(),
      warnings: z.array(z.object({ kind: z.string(), sentence: z.string() })).optional(),
    }),
  ),
})
async function seriesOf(client: string) {
  const answer = await latchkey.asAdmin(`/series?client_id=${client}`)
  return seriesList.parse(await answer.json()).series
}

describe('a file in parts', () => {
  it('has the rows, units and warnings of an upload', async () => {
    const outcome = await fileOf(READINGS).run()
    const { client_id: other } = await latchkey.register({ scope: 'upload download' })
    const answer = await latchkey.upload(await latchkey.token(other), READINGS, 'text/csv')
    expect(outcome).toEqual({ state: 'stored', result: await answer.json() })
    const bare = ({ time_upload_utc: _, ...row }: Record<string, unknown>) => row
    expect((await rowsOf(clientId)).map(bare)).toEqual((await rowsOf(other)).map(bare))
    expect(await seriesOf(clientId)).toEqual(await seriesOf(other))
  })

  it('belongs to the participant of its token', async () => {
    await fileOf(
      lines('time,a', 100, (row) => `${START + row},1`),
      { participant: 'p1' },
    ).run()
    const answer = await latchkey.asAdmin(`/download?client_id=${clientId}&participant_id=p1&format=json&number=1000`)
    expect(await answer.json()).toHaveLength(100)
  })

  it('has the attributes and the expiry of blocks', async () => {
    await fileOf(READINGS, { attributes: { forward_box: { S: 'roof' } } }).run()
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const { QueryCommand } = await import('@aws-sdk/lib-dynamodb')
    const { Items = [] } = await documents.send(
      new QueryCommand({
        TableName: process.env['MEASUREMENTS_TABLE'] ?? '',
        KeyConditionExpression: 'series = :series',
        ExpressionAttributeValues: { ':series': `${clientId}#roof` },
      }),
    )
    expect(Items.length).toBeGreaterThan(1)
    for (const item of Items) {
      expect(item).toMatchObject({ forward_box: 'roof', matched_checksums: '' })
      expect(item['expires_at']).toBeGreaterThan(Date.now() / 1_000 + 29 * DAY)
    }
  })

  it('adds nothing to an upload of the same rows', async () => {
    await latchkey.upload(token, READINGS, 'text/csv')
    const before = await rowsOf(clientId)
    await fileOf(READINGS).run()
    expect(await rowsOf(clientId)).toEqual(before)
  })
})

describe('the columns of a series', () => {
  const columns = (count: number, prefix: string) => numbers(count).map((column) => `${prefix}${column}`)
  async function fillSeries(count: number) {
    for (const prefix of ['a', 'b']) {
      const row = Object.fromEntries(columns(count / 2, prefix).map((name) => [name, 1]))
      expect((await latchkey.upload(token, JSON.stringify([{ time: START, ...row }]))).status).toBe(200)
    }
  }

  it('are checked before a row is stored, over all parts', async () => {
    await fillSeries(1_900)
    const before = await rowsOf(clientId)
    const text = lines('', 120, (row) => `{"time":${START + row},"c${row}":1}`)
    expect(await fileOf(text, { type: 'application/x-ndjson' }).run()).toMatchObject({
      state: 'failed',
      problem: {
        code: 'limit_exceeded',
        message: expect.stringMatching(/"default" would have more than 2000 different columns.* See line \d+/),
      },
    })
    expect(await rowsOf(clientId)).toEqual(before)
  })

  it('are checked over all parts if the check is interrupted', async () => {
    await fillSeries(1_900)
    const text = lines('', 120, (row) => `{"time":${START + row},"c${row}":1}`)
    const file = fileOf(text, { type: 'application/x-ndjson', maxSaves: 1 })
    await expect(file.run()).rejects.toThrow('interrupted')
    expect(await file.run()).toMatchObject({ state: 'failed', problem: { code: 'limit_exceeded' } })
  })

  it('may be as many as an upload may have', async () => {
    await fillSeries(1_900)
    const text = lines('', 90, (row) => `{"time":${START + row},"c${row}":1}`)
    expect(await fileOf(text, { type: 'application/x-ndjson' }).run()).toMatchObject({ state: 'stored' })
  })

  it('fail a file that is being stored if another upload has filled the series', async () => {
    const text = lines('', 400, (row) => `{"time":${START + row},"box":"x","c${Math.floor(row / 2)}":1}`)
    const file = fileOf(text, { type: 'application/x-ndjson' })
    // The first block of the second part fails.
    let blocks = 0
    latchkey.database.plan = async (command, body) => {
      if (command === 'PutItem' && body.includes('layout')) blocks += 1
      return blocks >= 2 ? 'failing' : undefined
    }
    await expect(file.run()).rejects.toMatchObject({ code: 'storage_unavailable' })
    const { pass, rows } = file.progress()
    expect(pass).toBe('store')
    expect(rows).toBeGreaterThan(0)
    latchkey.database.plan = () => undefined
    for (const prefix of ['a', 'b']) {
      const row = Object.fromEntries(columns(915, prefix).map((name) => [name, 1]))
      expect((await latchkey.upload(token, JSON.stringify([{ time: START, box: 'x', ...row }]))).status).toBe(200)
    }
    expect(await file.run()).toMatchObject({
      state: 'failed',
      problem: { code: 'limit_exceeded', message: expect.stringMatching(/The first \d+ rows are stored\.$/) },
    })
  })
})

describe('a database that fails', () => {
  it('interrupts a run, and the next one continues', async () => {
    const file = fileOf(READINGS)
    let failures = 0
    latchkey.database.plan = (command, body) => {
      const isBlock = command === 'PutItem' && body.includes('layout')
      if (isBlock) failures += 1
      return isBlock && failures > 5 && failures < 12 ? 'failing' : undefined
    }
    await expect(file.run()).rejects.toMatchObject({ code: 'storage_unavailable' })
    latchkey.database.plan = () => undefined
    expect(await file.run()).toMatchObject({ state: 'stored', result: { 'saved-in-db': 600 } })
    expect(await rowsOf(clientId)).toHaveLength(600)
  })

  it('interrupts a check at once', async () => {
    const text = lines('', 100, (row) => `{"time":${START + row},"a":1}`)
    latchkey.database.plan = (command) => (command === 'GetItem' ? 'failing' : undefined)
    latchkey.database.commands.length = 0
    const file = fileOf(text, { type: 'application/x-ndjson' })
    await expect(file.run()).rejects.toMatchObject({ code: 'storage_unavailable' })
    // One command has three attempts.
    expect(latchkey.database.commands).toHaveLength(3)
  })

  it('leaves a file unfinished if it throttles until the deadline', async () => {
    setTimeBudgets({ filePartMs: 500, fileSaveMs: 400, throttledMs: 60_000, throttleLongestBackoffMs: 50 })
    const file = fileOf(READINGS, { deadlineMs: 3_000 })
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && body.includes('layout') ? 'throttled' : undefined
    expect(await file.run()).toEqual({ state: 'unfinished' })
    latchkey.database.plan = () => undefined
    setTimeBudgets({ filePartMs: 500 })
    const later = fileOf(READINGS)
    expect(await later.run()).toMatchObject({ state: 'stored' })
    expect(await rowsOf(clientId)).toHaveLength(600)
  })
})
