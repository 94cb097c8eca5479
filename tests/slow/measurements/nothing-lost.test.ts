import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { runs } from '../../support/property.ts'
import { everyRow, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
})
afterEach(() => {
  latchkey.database.plan = () => undefined
})

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)
const timed = (count: number, from = 0) => JSON.stringify({ time: numbers(count, from), a: numbers(count, from) })
const values = async () => (await allRows()).map(({ a }) => a)

const allRows = () =>
  everyRow((path) => latchkey.asAdmin(path), `/download?format=json&number=10000&client_id=${clientId}`)

/** Breaks all writes of blocks from the n-th on. */
const breakBlock = (n: number, fault: 'failing' | 'throttled' | 'answer lost' | 'never arrives') => {
  let writes = 0
  latchkey.database.plan = (command) => {
    if (command !== 'PutItem') return undefined
    writes += 1
    return writes >= n ? fault : undefined
  }
}

describe('an upload during a failure of the table', () => {
  it.each(['failing', 'throttled', 'answer lost', 'never arrives'] as const)(
    '(%s) returns 503, and is stored once after a retry',
    async (fault) => {
      breakBlock(3, fault)
      const answer = await latchkey.upload(token, timed(10_000))
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('5')
      latchkey.database.plan = () => undefined
      expect((await latchkey.upload(token, timed(10_000))).status).toBe(200)
      expect(await values()).toEqual(numbers(10_000))
    },
  )

  it('without times is rolled back, because a retry would store it twice', async () => {
    const untimed = JSON.stringify({ a: numbers(5_000) })
    breakBlock(3, 'failing')
    expect((await latchkey.upload(token, untimed)).status).toBe(503)
    latchkey.database.plan = () => undefined
    expect(await values()).toEqual([])
    expect((await latchkey.upload(token, untimed)).status).toBe(200)
    expect((await values()).sort((a, b) => Number(a) - Number(b))).toEqual(numbers(5_000))
  })

  it('with an Idempotency-Key is completed by a retry', async () => {
    const untimed = JSON.stringify({ a: numbers(5_000) })
    const send = () => latchkey.upload(token, untimed, 'application/json', { 'idempotency-key': 'once' })
    breakBlock(4, 'failing')
    expect((await send()).status).toBe(503)
    latchkey.database.plan = () => undefined
    expect((await send()).status).toBe(200)
    expect((await values()).sort((a, b) => Number(a) - Number(b))).toEqual(numbers(5_000))
  })

  it('updates the catalog before it stores blocks', async () => {
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    expect((await latchkey.upload(token, timed(10))).status).toBe(503)
    expect(latchkey.database.commands.at(-1)).toBe('UpdateItem')
    latchkey.database.plan = () => undefined
    expect(await values()).toEqual([])
  })
})

describe('the database commands of an upload', () => {
  it('are one read for token and client, and one write per block', async () => {
    await latchkey.upload(token, timed(10))
    latchkey.database.commands.length = 0
    await latchkey.upload(token, timed(10, 100))
    expect(latchkey.database.commands).toEqual(['BatchGetItem', 'PutItem'])
    latchkey.database.commands.length = 0
    await latchkey.upload(token, timed(10, 100))
    expect(latchkey.database.commands).toEqual(['BatchGetItem', 'PutItem'])
  })
})

describe('a series', () => {
  it('accepts columns up to its limit, and rejects an upload with more', async () => {
    const row = (from: number) =>
      JSON.stringify(Object.fromEntries([['time', from], ...numbers(999, from).map((n) => [`c${n}`, 1])]))
    expect((await latchkey.upload(token, row(0))).status).toBe(200)
    expect((await latchkey.upload(token, row(1000))).status).toBe(200)
    const answer = await latchkey.upload(token, row(2000))
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).detail).toContain('more than 2000 different columns')
    expect(await latchkey.rows(clientId, { cols: 'time' })).toEqual([{ time: 0 }, { time: 1000 }])
  })

  it('at its limit accepts known columns in a new container', async () => {
    const names = (from: number) => numbers(999, from).map((n) => [`c${n}`, 1])
    await latchkey.upload(token, JSON.stringify(Object.fromEntries([['time', 1], ...names(0)])))
    await latchkey.upload(token, JSON.stringify(Object.fromEntries([['time', 2], ...names(999)])))
    const fresh = await latchkey.anotherContainer()
    expect((await fresh.upload(token, '{"time":[3,900000],"c5":[1,2]}')).status).toBe(200)
    expect(await latchkey.rows(clientId, { cols: 'c5', from: '3' })).toEqual([{ c5: 1 }, { c5: 2 }])
  })
})

describe('concurrent uploads in any order', localOnly('It needs too many uploads.'), () => {
  it('neither lose nor duplicate rows', async () => {
    const batch = fc.record({
      from: fc.integer({ min: 0, max: 40 }),
      count: fc.integer({ min: 1, max: 8 }),
      box: fc.constantFrom('a', 'b', null),
      times: fc.integer({ min: 1, max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        async (batches, dice) => {
          clientId = (await latchkey.register()).client_id
          token = await latchkey.token(clientId)
          latchkey.database.plan = () => (dice.next().value === 0 ? 'failing' : undefined)
          const bodies = batches.map(({ from, count, box }) =>
            JSON.stringify({
              time: numbers(count, from),
              a: numbers(count, from),
              ...(box !== null && { box: new Array(count).fill(box) }),
            }),
          )
          const untilStored = async (body: string): Promise<void> => {
            while ((await latchkey.upload(token, body)).status !== 200);
          }
          await Promise.all(
            batches.flatMap(({ times }, index) => new Array(times).fill(bodies[index]).map(untilStored)),
          )
          latchkey.database.plan = () => undefined
          // Uploads overlap: each row is in several of them.
          const expected = bodies.flatMap((body): string[] => {
            const { a, box } = JSON.parse(body)
            return a.map((value: number) => `${box?.[0] ?? null} ${value}`)
          })
          const stored = (await allRows()).map(({ a, box }) => `${box ?? null} ${a}`)
          expect(stored.sort()).toEqual([...new Set(expected)].sort())
        },
      ),
      { numRuns: runs(15) },
    )
  })
})

describe('a write whose response is lost once', () => {
  const loseOne = () => {
    let left = 1
    latchkey.database.plan = (command) => {
      if (command !== 'PutItem' || left === 0) return undefined
      left -= 1
      return 'answer lost'
    }
  }

  it.each([{}, { kind: 'confidential' }, { checksum_salt: 'a salt that is claimed first' }])(
    'creates a client anyway: %j',
    async (body) => {
      loseOne()
      const { client_id } = await latchkey.register(body)
      latchkey.database.plan = () => undefined
      expect((await latchkey.asAdmin(`/download?format=json&client_id=${client_id}`)).status).toBe(200)
    },
  )

  it('issues a valid token anyway', async () => {
    const { client_id } = await latchkey.register()
    loseOne()
    const given = await latchkey.token(client_id)
    latchkey.database.plan = () => undefined
    expect((await latchkey.upload(given, timed(1))).status).toBe(200)
  })
})
