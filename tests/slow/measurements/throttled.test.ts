// @module-tag local-only
// It needs a database that throttles.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { throttledPartitions } from '../../support/partitions.ts'
import { everyRow } from '../../support/responses.ts'
import { accepted, contentOf, formOf, submit } from '../../support/submissions.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

/** All waits are shorter by this factor. On a slow machine, less is throttled. */
const SPEED = 20

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  setTimeBudgets({ throttleBackoffMs: 500 / SPEED, throttleLongestBackoffMs: 4_000 / SPEED, throttledMs: 60_000 })
  latchkey.database.plan = () => undefined
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
  const partitions = throttledPartitions(() => performance.now() * SPEED)
  latchkey.database.plan = (command, body) => partitions.plan(command, body)
})

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)
/** The values of `a` that are stored, in ascending order. */
async function stored() {
  latchkey.database.plan = () => undefined
  const path = `/download?format=json&number=10000&cols=a&client_id=${clientId}`
  const rows = await everyRow((each) => latchkey.asAdmin(each), path)
  return rows.map(({ a }) => Number(a)).sort((one, other) => one - other)
}

describe('partitions of 1,000 write units per second', () => {
  it('store a submission of 4.7 MB at the first try', async () => {
    const content = randomBytes(4_700_000)
    const { id } = await accepted(await submit(latchkey, formOf({ auth_token: token, files: [['a.zip', content]] })))
    expect((await contentOf(latchkey, id, 1)).equals(content)).toBe(true)
  })

  it.each(['with', 'without'])('store 100,000 rows of 17 digits %s times at the first try', async (times) => {
    const digits = numbers(100_000).map((row) => Math.sin(row + 1))
    const columns = { b: digits, ...(times === 'with' && { time: numbers(digits.length) }), a: digits }
    const rows = digits.map((_, row) =>
      Object.values(columns)
        .map((cells) => cells[row])
        .join(','),
    )
    const csv = [Object.keys(columns).join(','), ...rows].join('\n')
    expect((await latchkey.upload(token, csv, 'text/csv')).status).toBe(200)
    expect(await stored()).toEqual(digits.toSorted((one, other) => one - other))
  })

  it('store concurrent uploads to one series once each, whose devices repeat them after 503', async () => {
    const bodies = numbers(24).map((part) =>
      JSON.stringify({ time: numbers(4_000, part * 4_000), a: numbers(4_000, part * 4_000) }),
    )
    const untilStored = async (body: string): Promise<void> => {
      const { status } = await latchkey.upload(token, body)
      expect(status).toBeOneOf([200, 503])
      if (status === 503) await untilStored(body)
    }
    await Promise.all(bodies.map(untilStored))
    expect(await stored()).toEqual(numbers(96_000))
  })
})

describe('a large block that exists', () => {
  it('is read, and not written again', async () => {
    latchkey.database.plan = () => undefined
    const body = JSON.stringify({ time: numbers(1_440), a: numbers(1_440).map((row) => Math.sin(row)) })
    expect((await latchkey.upload(token, body)).status).toBe(200)
    latchkey.database.commands.length = 0
    expect((await latchkey.upload(token, body)).status).toBe(200)
    expect(latchkey.database.commands).toEqual(['BatchGetItem', 'GetItem'])
    expect(await stored()).toHaveLength(1_440)
  })
})
