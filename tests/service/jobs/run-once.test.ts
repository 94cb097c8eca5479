import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let here: Container
let there: Container
let key: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  here = await container()
  there = await container()
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  key = randomUUID()
})
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})

const MINUTE = 60_000
const inProgress = { code: 'event_in_progress', status: 503, headers: { 'retry-after': '5' } }

/** Modules loaded anew, which remember nothing. */
async function container() {
  vi.resetModules()
  const { runOnceWithin } = await import('../../../lib/jobs/run-once.ts')
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  return {
    make: (make: () => Promise<string>, deadline = Date.now() + 90_000, ms = MINUTE) =>
      runOnceWithin(key, ms, deadline, make),
    async kept() {
      const Key = { id: `once#${key}` }
      return (await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))).Item
    },
  }
}
type Container = Awaited<ReturnType<typeof container>>

const giving = (outcome: string, ms = 0) =>
  vi.fn(async () => {
    await sleep(ms)
    return outcome
  })

/** Goes on until it is told how to end. */
function slow() {
  const begun = Promise.withResolvers<void>()
  const outcome = Promise.withResolvers<string>()
  const make = vi.fn(() => {
    begun.resolve()
    return outcome.promise
  })
  return { make, begun: begun.promise, end: outcome.resolve }
}

const broken = () => Promise.reject(new TypeError('broken'))

describe('what is to be made once', () => {
  it('is made once for callers in many places at the same time', async () => {
    const make = giving('outcome', 300)
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 ? here : there).make(make)))
    expect(outcomes).toEqual(Array(10).fill('outcome'))
    expect(make).toHaveBeenCalledOnce()
  })

  it('is the same within its time, and made anew after that', async () => {
    const at = clock()
    expect(await here.make(giving('first'))).toBe('first')
    const make = giving('second')
    for (const after of [0, 1, MINUTE]) {
      at(after)
      expect([await here.make(make), await there.make(make, 0)]).toEqual(['first', 'first'])
    }
    expect(make).not.toHaveBeenCalled()
    at(MINUTE + 1)
    expect(await there.make(make)).toBe('second')
    at(2 * MINUTE + 1)
    expect(await here.make(giving('third'))).toBe('second')
  })

  it('counts its time from when it was made, not from when that began', async () => {
    const at = clock()
    const { make, begun, end } = slow()
    const first = here.make(make, undefined, 1_000)
    await begun
    at(15_000)
    end('outcome')
    await first
    at(16_000)
    expect(await there.make(giving('another'), undefined, 1_000)).toBe('outcome')
  })

  it('may be an empty text', async () => {
    await here.make(giving(''))
    expect(await there.make(giving('another'))).toBe('')
  })

  it('is another for each key', async () => {
    await here.make(giving('first'))
    key = randomUUID()
    expect(await here.make(giving('second'))).toBe('second')
  })

  it('is sealed where it is kept', async () => {
    await here.make(giving('in-the-clear'))
    const item = await here.kept()
    expect(item).toMatchObject({ outcome: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/) })
    expect(JSON.stringify(item)).not.toContain('in-the-clear')
    expect(item?.['expires_at']).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000) + 50)
  })
})

describe('making that fails', () => {
  it('is told as it is, and the next caller tries at once', async () => {
    await expect(here.make(broken)).rejects.toThrow('broken')
    expect(await here.kept()).toBeUndefined()
    await expect(there.make(broken)).rejects.toThrow('broken')
    expect(await there.make(giving('outcome'), 0)).toBe('outcome')
  })

  it('is tried again by a caller who waits, one of many', async () => {
    const failing = vi.fn(async () => {
      await sleep(200)
      return broken()
    })
    const first = here.make(failing)
    await vi.waitFor(() => expect(failing).toHaveBeenCalled())
    const make = giving('outcome', 200)
    const others = [here, there, here, there].map((each) => each.make(make))
    await expect(first).rejects.toThrow('broken')
    expect(await Promise.all(others)).toEqual(Array(4).fill('outcome'))
    expect(make).toHaveBeenCalledOnce()
  })

  it('and cannot be ended in the table is told as it is, too', async () => {
    const failing = () => {
      latchkey.database.plan = () => 'failing'
      return broken()
    }
    await expect(here.make(failing)).rejects.toThrow('broken')
  })

  it('does not end that of another who has taken it over', async () => {
    const at = clock()
    const late = Promise.withResolvers<string>()
    const first = here.make(() => late.promise)
    await vi.waitFor(async () => expect(await here.kept()).toBeDefined())
    at(30_000)
    const { make, begun, end } = slow()
    const second = there.make(make)
    await begun
    late.reject(new Error('late'))
    await expect(first).rejects.toThrow('late')
    await expect(here.make(giving('another'), 0)).rejects.toMatchObject(inProgress)
    end('outcome')
    expect(await second).toBe('outcome')
    expect(await here.make(giving('another'))).toBe('outcome')
  })

  it('by a crash keeps others from it for twenty seconds', async () => {
    const at = clock()
    const { make: crashing, begun } = slow()
    void here.make(crashing)
    await begun
    const make = giving('outcome')
    at(20_000)
    await expect(there.make(make, Date.now())).rejects.toMatchObject(inProgress)
    expect(make).not.toHaveBeenCalled()
    at(20_001)
    expect(await there.make(make, Date.now())).toBe('outcome')
  })
})

it('what was made is given though it cannot be kept', async () => {
  const make = vi.fn(async () => {
    latchkey.database.plan = () => 'failing'
    return 'outcome'
  })
  expect(await here.make(make)).toBe('outcome')
})

it('who waits gives up at the deadline, and makes nothing', async () => {
  const { make, begun, end } = slow()
  const first = here.make(make)
  await begun
  const began = Date.now()
  const waiting = [450, 0, -1_000].map((ms) => there.make(make, began + ms))
  await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(inProgress)))
  expect(Date.now() - began).toBeGreaterThan(400)
  end('outcome')
  expect(await first).toBe('outcome')
  expect(make).toHaveBeenCalledOnce()
})

describe('a write whose answer is lost', () => {
  const once = (fault: Fault, command: string, part: string) => {
    let met = false
    latchkey.database.plan = (each, body) => {
      if (met || each !== command || body.includes('outcome') !== (part === 'outcome')) return undefined
      met = true
      return fault
    }
  }

  it.each(['lease', 'outcome'])('(%s) changes nothing', async (part) => {
    once('answer lost', 'PutItem', part)
    const make = giving('outcome', 100)
    expect(await Promise.all([here, there, here].map((each) => each.make(make)))).toEqual(Array(3).fill('outcome'))
    expect(make).toHaveBeenCalledOnce()
  })

  it('(the end of a failure) leaves the failure as it was', async () => {
    once('answer lost', 'DeleteItem', 'lease')
    await expect(here.make(broken)).rejects.toThrow('broken')
    expect(await there.make(giving('outcome'), 0)).toBe('outcome')
  })
})
