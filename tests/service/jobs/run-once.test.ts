// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
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
  here = await newContainer()
  there = await newContainer()
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

/** The modules as a new container loads them, without cached state. */
async function newContainer() {
  vi.resetModules()
  const { runOnce } = await import('../../../lib/jobs/run-once.ts')
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  return {
    run: (operation: () => Promise<string>, deadline = Date.now() + 90_000, ms = MINUTE) =>
      runOnce(key, ms, deadline, operation),
    async item() {
      const Key = { id: `once#${key}` }
      return (await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))).Item
    },
  }
}
type Container = Awaited<ReturnType<typeof newContainer>>

const returning = (result: string, ms = 0) =>
  vi.fn(async () => {
    await sleep(ms)
    return result
  })

/** An operation that runs until the test ends it. */
function pending() {
  const started = Promise.withResolvers<void>()
  const result = Promise.withResolvers<string>()
  const operation = vi.fn(() => {
    started.resolve()
    return result.promise
  })
  return { operation, started: started.promise, end: result.resolve }
}

const broken = () => Promise.reject(new TypeError('broken'))

describe('an operation', () => {
  it('runs once for concurrent callers in two containers', async () => {
    const operation = returning('outcome', 300)
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? here : there).run(operation)),
    )
    expect(outcomes).toEqual(Array(10).fill('outcome'))
    expect(operation).toHaveBeenCalledOnce()
  })

  it('returns the stored result for a minute, and then runs again', async () => {
    const at = clock()
    expect(await here.run(returning('first'))).toBe('first')
    const operation = returning('second')
    for (const after of [0, 1, MINUTE]) {
      at(after)
      expect([await here.run(operation), await there.run(operation, 0)]).toEqual(['first', 'first'])
    }
    expect(operation).not.toHaveBeenCalled()
    at(MINUTE + 1)
    expect(await there.run(operation)).toBe('second')
    at(2 * MINUTE + 1)
    expect(await here.run(returning('third'))).toBe('second')
  })

  it('stores its result from its end, not from its start', async () => {
    const at = clock()
    const { operation, started, end } = pending()
    const first = here.run(operation, undefined, 1_000)
    await started
    at(15_000)
    end('outcome')
    await first
    at(16_000)
    expect(await there.run(returning('another'), undefined, 1_000)).toBe('outcome')
  })

  it('may return an empty text', async () => {
    await here.run(returning(''))
    expect(await there.run(returning('another'))).toBe('')
  })

  it('runs for each key', async () => {
    await here.run(returning('first'))
    key = randomUUID()
    expect(await here.run(returning('second'))).toBe('second')
  })

  it('stores its result encrypted', async () => {
    await here.run(returning('in-the-clear'))
    const item = await here.item()
    expect(item).toMatchObject({ outcome: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/) })
    expect(JSON.stringify(item)).not.toContain('in-the-clear')
    expect(item?.['expires_at']).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000) + 50)
  })
})

describe('a failing operation', () => {
  it('throws its error, and the next caller runs it at once', async () => {
    await expect(here.run(broken)).rejects.toThrow('broken')
    expect(await here.item()).toBeUndefined()
    await expect(there.run(broken)).rejects.toThrow('broken')
    expect(await there.run(returning('outcome'), 0)).toBe('outcome')
  })

  it('runs again for one of the waiting callers', async () => {
    const failing = vi.fn(async () => {
      await sleep(200)
      return broken()
    })
    const first = here.run(failing)
    await vi.waitFor(() => expect(failing).toHaveBeenCalled(), { timeout: 100_000 })
    const operation = returning('outcome', 200)
    const others = [here, there, here, there].map((each) => each.run(operation))
    await expect(first).rejects.toThrow('broken')
    expect(await Promise.all(others)).toEqual(Array(4).fill('outcome'))
    expect(operation).toHaveBeenCalledOnce()
  })

  it('throws its error, also when the lease cannot be released', async () => {
    const failing = () => {
      latchkey.database.plan = () => 'failing'
      return broken()
    }
    await expect(here.run(failing)).rejects.toThrow('broken')
  })

  it('does not release the lease of another caller', async () => {
    const at = clock()
    const late = Promise.withResolvers<string>()
    const first = here.run(() => late.promise)
    await vi.waitFor(async () => expect(await here.item()).toBeDefined(), { timeout: 100_000 })
    at(30_000)
    const { operation, started, end } = pending()
    const second = there.run(operation)
    await started
    late.reject(new Error('late'))
    await expect(first).rejects.toThrow('late')
    await expect(here.run(returning('another'), 0)).rejects.toMatchObject(inProgress)
    end('outcome')
    expect(await second).toBe('outcome')
    expect(await here.run(returning('another'))).toBe('outcome')
  })

  it('that crashed blocks other callers for twenty seconds', async () => {
    const at = clock()
    const { operation: crashing, started } = pending()
    void here.run(crashing)
    await started
    const operation = returning('outcome')
    at(20_000)
    await expect(there.run(operation, Date.now())).rejects.toMatchObject(inProgress)
    expect(operation).not.toHaveBeenCalled()
    at(20_001)
    expect(await there.run(operation, Date.now())).toBe('outcome')
  })
})

it('returns the result, also when it cannot be stored', async () => {
  const operation = vi.fn(async () => {
    latchkey.database.plan = () => 'failing'
    return 'outcome'
  })
  expect(await here.run(operation)).toBe('outcome')
})

it('rejects a waiting caller at its deadline', async () => {
  const { operation, started, end } = pending()
  const first = here.run(operation)
  await started
  const began = Date.now()
  const waiting = [450, 0, -1_000].map((ms) => there.run(operation, began + ms))
  await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(inProgress)))
  expect(Date.now() - began).toBeGreaterThan(400)
  end('outcome')
  expect(await first).toBe('outcome')
  expect(operation).toHaveBeenCalledOnce()
})

describe('after a lost response', () => {
  const once = (fault: Fault, command: string, part: string) => {
    let met = false
    latchkey.database.plan = (each, body) => {
      if (met || each !== command || body.includes('outcome') !== (part === 'outcome')) return undefined
      met = true
      return fault
    }
  }

  it.each(['lease', 'outcome'])('to the write of the %s, callers get the one result', async (part) => {
    once('answer lost', 'PutItem', part)
    const operation = returning('outcome', 100)
    expect(await Promise.all([here, there, here].map((each) => each.run(operation)))).toEqual(Array(3).fill('outcome'))
    expect(operation).toHaveBeenCalledOnce()
  })

  it('to the release, the caller gets the first error', async () => {
    once('answer lost', 'DeleteItem', 'lease')
    await expect(here.run(broken)).rejects.toThrow('broken')
    expect(await there.run(returning('outcome'), 0)).toBe('outcome')
  })
})
