// @module-tag local-only
// These tests read the log of this process, and the number of commands is that of one container.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { gatherLogs, logged, outputSince } from '../../support/logs.ts'

/** Warnings and units that stay with a series. */
let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  gatherLogs()
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const TIME = 1_706_792_400
const upload = async (body: unknown, query = '') => {
  const answer = await latchkey.call(`/upload?${query}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': typeof body === 'string' ? 'text/csv' : 'application/json',
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return answer.status
}
const entry = z.object({
  source: z.string(),
  units: z.record(z.string(), z.string()).optional(),
  warnings: z
    .array(z.object({ kind: z.string(), sentence: z.string(), count: z.number(), received_at: z.string() }))
    .optional(),
})
async function series(query = '') {
  const answer = await latchkey.call(`/series?${query}`, { headers: { authorization: `Bearer ${token}` } })
  return z.object({ series: z.array(entry) }).parse(await answer.json()).series
}
/** Runs a task and returns the number of writes that it causes. */
async function writesOf(task: () => Promise<unknown>): Promise<number> {
  latchkey.database.commands.length = 0
  await task()
  return latchkey.database.commands.filter((command) => /Put|Update/.test(command)).length
}

describe('the warnings of a series', () => {
  it('are those of its last upload that had any, with kind, count and time of receipt', async () => {
    const before = Date.now()
    expect(await upload({ time: [TIME, TIME + 1, 'soon'], 'co2!': [1, 2, 3] })).toBe(200)
    const [first] = await series()
    const received_at = first?.warnings?.[0]?.received_at ?? ''
    expect(Date.parse(received_at)).toBeGreaterThanOrEqual(before)
    expect(first?.warnings).toEqual([
      { kind: 'column_renamed', sentence: 'column "co2!" is stored as "co2"', count: 1, received_at },
      {
        kind: 'time_unreadable',
        sentence: 'column "time", 1 value (row 3): not readable as a time, the time of receipt is used for the row',
        count: 1,
        received_at,
      },
    ])
    // An upload without warnings leaves them.
    expect(await upload({ time: [TIME + 2], co2: [1] })).toBe(200)
    expect((await series('source=default'))[0]?.warnings).toEqual(first?.warnings)
    await upload({ time: [TIME + 3], 'temp?': [1] })
    expect((await series())[0]?.warnings).toMatchObject([{ sentence: 'column "temp?" is stored as "temp"' }])
  })

  it('are those of each series of the upload', async () => {
    await upload({ time: [TIME, TIME], box: ['a', 'b'], 'co2!': [1, 2] })
    expect((await series()).map(({ source, warnings }) => [source, warnings?.length])).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })

  it('are at most ten', async () => {
    await upload(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`c${index}!`, [1]])))
    expect((await series())[0]?.warnings).toHaveLength(10)
  })

  it('are not stored by a dry run, or by a strict upload that is rejected', async () => {
    await upload({ time: [TIME], co2: [1] })
    await upload({ time: [TIME], 'co2!': [2] }, 'dry_run=true')
    expect(await upload({ time: [TIME], 'co2!': [2] }, 'strict=true')).toBe(400)
    expect((await series())[0]).toEqual({ source: 'default' })
  })
})

describe('the writes of an upload', () => {
  it('are one more for each series with warnings, once in a while, and none without warnings', async () => {
    // The first upload also writes the catalog.
    await upload({ time: [TIME], box: ['a'], co2: [1] })
    await upload({ time: [TIME], box: ['b'], co2: [1] })
    expect(await writesOf(() => upload({ time: [TIME + 1, TIME + 1], box: ['a', 'b'], co2: [2, 3] }))).toBe(2)
    const csv = (time: number) => `time,box,co2,\n${time},a,1,\n${time},b,2,\n`
    expect(await writesOf(() => upload(csv(TIME + 2)))).toBe(4)
    expect(await writesOf(() => upload(csv(TIME + 3)))).toBe(2)
  })

  it('do not fail an upload if the warnings cannot be stored, which is logged', async () => {
    await upload({ time: [TIME], co2: [1] })
    const before = logged()
    latchkey.database.plan = (command, body) =>
      command === 'UpdateItem' && body.includes('received_at') ? 'failing' : undefined
    expect(await upload('time,co2,\n1706792401,2,\n')).toBe(200)
    latchkey.database.plan = () => undefined
    expect(outputSince(before)).toContain('"code":"series_notes_failed"')
    expect(await latchkey.rows(clientId)).toHaveLength(2)
    // The next upload stores them.
    await upload('time,co2,\n1706792402,2,\n')
    expect((await series())[0]?.warnings).toMatchObject([{ kind: 'column_dropped' }])
  })
})

it('publishes the number of warnings of stored uploads by kind', async () => {
  const before = logged()
  await upload({ time: [TIME], 'a!': [1], 'b!': [2] })
  await upload({ time: [TIME], 'a!': [1] }, 'dry_run=true')
  const metrics = outputSince(before)
    .split('\n')
    .filter((line) => line.includes('UploadWarning'))
    .map((line) => z.object({ kind: z.string(), UploadWarning: z.number() }).parse(JSON.parse(line)))
  expect(metrics).toEqual([{ kind: 'column_renamed', UploadWarning: 2 }])
})

describe('the units of a series', () => {
  const toa5 = (time: string, unit: string) =>
    `"TOA5","roof"\n"TIMESTAMP","RECORD","AirTC"\n"TS","RN","${unit}"\n"","","Avg"\n"2024-02-01 13:${time}",1,21.5\n`

  it('are those that its uploads name, by column', async () => {
    expect(await upload(toa5('00:00', 'Deg C'))).toBe(200)
    expect((await series())[0]?.units).toEqual({ timestamp: 'TS', record: 'RN', airtc: 'Deg C' })
    await upload(toa5('01:00', 'K'))
    await upload('time,temp\ns,°C\n1706792400,1\n')
    expect((await series('source=default'))[0]?.units).toEqual({
      ...{ timestamp: 'TS', record: 'RN', airtc: 'K' },
      ...{ time: 's', temp: '°C' },
    })
  })

  it('are written only if they are new, also by another container', async () => {
    await upload(toa5('00:00', 'Deg C'))
    expect(await writesOf(() => upload(toa5('01:00', 'Deg C')))).toBe(1)
    await latchkey.anotherContainer()
    // The catalog of a new container writes the series again.
    await upload(toa5('02:00', 'Deg C'))
    expect(await writesOf(() => upload(toa5('03:00', 'Deg C')))).toBe(1)
    expect(await writesOf(() => upload(toa5('04:00', 'Deg F')))).toBe(2)
  })

  it('are limited to those that have room', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `column ${index} ${'x'.repeat(60)}`)
    const body = `time,${names.join(',')}\ns,${names.map(() => '°C').join(',')}\n1706792400,${names.map(() => 1).join(',')}\n`
    expect(await upload(body)).toBe(200)
    const units = (await series())[0]?.units ?? {}
    expect(Object.keys(units).length).toBeGreaterThan(100)
    expect(Buffer.byteLength(JSON.stringify(units))).toBeLessThan(21_000)
    expect(await writesOf(() => upload(body.replace('1706792400', '1706792460')))).toBe(1)
  })
})

it('saveSeriesNotes does not create a series that a purge has removed', async () => {
  const { saveSeriesNotes } = await import('../../../lib/measurements/store/series-notes.ts')
  const blocks = [{ source: 'default', columns: new Map([['a', [1]]]) }]
  const warnings = [{ kind: 'no_rows', sentence: 'no rows', count: 1 } as const]
  const before = logged()
  await saveSeriesNotes({ clientId }, blocks, { warnings, units: new Map([['a', 'V']]), receivedAt: 0 })
  expect(await series()).toEqual([])
  expect(outputSince(before)).not.toContain('series_notes_failed')
})
