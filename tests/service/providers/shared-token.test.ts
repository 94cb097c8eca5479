// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { LIFE, pending, returning, type TokenContainer, times, tokenContainer } from '../../support/shared-token.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

let name: string
let here: TokenContainer
const newContainer = () => tokenContainer(() => name)
beforeEach(async () => {
  name = randomUUID()
  here = await newContainer()
})
afterEach(() => {
  vi.useRealTimers()
})

const rejected = { code: 'provider_refused' }
const unavailable = { code: 'provider_unavailable' }
const timeout = { code: 'provider_timeout' }

describe('a shared token', () => {
  it('is obtained once for concurrent callers in two containers', async () => {
    const there = await newContainer()
    const obtain = returning('first', 200)
    const got = await times(20, (index) => (index % 2 ? here : there).get(obtain))
    expect(new Set(got)).toEqual(new Set(['first']))
    expect(obtain).toHaveBeenCalledOnce()
    expect(await (await newContainer()).get(obtain)).toBe('first')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('is stored encrypted', async () => {
    await here.get(returning('in-the-clear'))
    const Item = await here.item()
    expect(Item).toMatchObject({ sealed: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/) })
    expect(JSON.stringify(Item)).not.toContain('in-the-clear')
  })

  it('that SEAL_KEY does not decrypt is obtained again', async () => {
    const before = process.env['SEAL_KEY']
    await here.get(returning('first'))
    try {
      process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
      const obtain = returning('second')
      expect(await (await newContainer()).get(obtain)).toBe('second')
      expect(obtain).toHaveBeenCalledWith(expect.any(Number), null)
    } finally {
      process.env['SEAL_KEY'] = before
    }
  })

  it('is separate for each name', async () => {
    await here.get(returning('first'))
    name = randomUUID()
    expect(await here.get(returning('second'))).toBe('second')
  })

  it('is not used after it expired, neither from the cache nor from the table', async () => {
    const at = clock()
    await here.get(returning('first'))
    await here.get(here.fail)
    at(LIFE)
    for (const place of [here, await newContainer()])
      await expect(place.get(place.fail)).rejects.toMatchObject(unavailable)
    const obtain = returning('second')
    expect(await here.get(obtain)).toBe('second')
    expect(obtain).toHaveBeenCalledWith(Date.now() + 90_000, 'first')
  })
})

describe('a renewal', () => {
  it('is made by one caller after 80 % of the lifetime, without blocking others', async () => {
    const at = clock()
    const there = await newContainer()
    await here.get(returning('old'))
    const { obtain, started, end } = pending()
    at(LIFE * 0.8 - 1)
    expect([await here.get(obtain), await there.get(obtain)]).toEqual(['old', 'old'])
    expect(obtain).not.toHaveBeenCalled()
    at(LIFE * 0.8)
    const renewing = here.get(obtain)
    await started
    expect(await times(10, (index) => (index % 2 ? here : there).get(obtain))).toEqual(Array(10).fill('old'))
    end('new')
    expect(await renewing).toBe('new')
    expect([await here.get(obtain), await there.get(obtain)]).toEqual(['new', 'new'])
    expect(obtain).toHaveBeenCalledOnce()
  })

  it.each(['reject', 'fail'] as const)('that fails (%s) leaves the old token in use', async (how) => {
    const at = clock()
    await here.get(returning('old'))
    at(LIFE * 0.9)
    expect(await here.get(here[how])).toBe('old')
    expect(await (await newContainer()).get(here[how])).toBe('old')
  })

  it('that was rejected is not repeated within a minute', async () => {
    const at = clock()
    await here.get(returning('old'))
    at(LIFE * 0.8)
    await here.get(here.reject)
    const obtain = returning('new')
    at(LIFE * 0.8 + 59_999)
    expect(await here.get(obtain)).toBe('old')
    expect(obtain).not.toHaveBeenCalled()
    at(LIFE * 0.8 + 60_001)
    expect(await here.get(obtain)).toBe('new')
  })
})

describe('a token that the provider rejects', () => {
  it('is replaced by one log-in for ten callers', async () => {
    const at = clock()
    await here.get(returning('old'))
    at(60_001)
    const obtain = returning('new', 200)
    expect(await times(10, () => here.get(obtain, 'old'))).toEqual(Array(10).fill('new'))
    expect(await here.get(obtain, 'old')).toBe('new')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('is replaced without a log-in where another container has renewed it', async () => {
    const at = clock()
    const there = await newContainer()
    await here.get(returning('old'))
    await there.get(returning('never'))
    at(60_001)
    expect(await there.get(returning('new'), 'old')).toBe('new')
    const obtain = returning('never')
    expect(await here.get(obtain)).toBe('old')
    expect(await here.get(obtain, 'old')).toBe('new')
    expect(await here.get(obtain)).toBe('new')
    expect(obtain).not.toHaveBeenCalled()
  })

  it('is not returned again when the log-in fails', async () => {
    const at = clock()
    await here.get(returning('old'))
    at(60_001)
    await expect(here.get(here.fail, 'old')).rejects.toMatchObject(unavailable)
    await expect(here.get(here.reject, 'old')).rejects.toMatchObject(rejected)
  })
})

describe('a log-in', () => {
  it('that is rejected fails for all callers, and is not repeated within a minute', async () => {
    const at = clock()
    const refusing = vi.fn(async () => {
      await sleep(200)
      return here.reject()
    })
    const settled = await Promise.allSettled(Array.from({ length: 5 }, () => here.get(refusing)))
    expect(settled.map((each) => each.status === 'rejected' && each.reason)).toEqual(
      Array(5).fill(expect.objectContaining(rejected)),
    )
    expect(refusing).toHaveBeenCalledOnce()
    const obtain = returning('first')
    const there = await newContainer()
    at(59_999)
    for (const place of [here, there]) await expect(place.get(obtain)).rejects.toMatchObject(rejected)
    expect(obtain).not.toHaveBeenCalled()
    at(60_001)
    expect(await there.get(obtain)).toBe('first')
  })

  it('after a rejected one is awaited by other callers', async () => {
    const at = clock()
    await expect(here.get(here.reject)).rejects.toMatchObject(rejected)
    at(60_001)
    const { obtain, started, end } = pending()
    const first = here.get(obtain)
    await started
    const second = (await newContainer()).get(obtain)
    setTimeout(end, 200, 'first')
    expect(await Promise.all([first, second])).toEqual(['first', 'first'])
    expect(obtain).toHaveBeenCalledOnce()
  })

  it.each([
    ['fails at the provider', () => here.fail()],
    ['breaks', () => Promise.reject(new TypeError('broken'))],
  ])('that %s is repeated by the next caller', async (_how, obtain) => {
    await expect(here.get(obtain)).rejects.toMatchObject({ message: expect.stringMatching(/not available|broken/) })
    expect(await here.get(returning('first'))).toBe('first')
  })

  it('that fails is repeated by a waiting caller', async () => {
    const failing = vi.fn(async () => {
      await sleep(200)
      return here.fail()
    })
    const first = here.get(failing)
    await vi.waitFor(() => expect(failing).toHaveBeenCalled(), { timeout: 100_000 })
    const second = here.get(returning('first'))
    await expect(first).rejects.toMatchObject(unavailable)
    expect(await second).toBe('first')
  })

  it('that crashed blocks other callers for ten seconds', async () => {
    setTimeBudgets({ tokenLockMs: 10_000 })
    const at = clock()
    const { obtain: crashing, started } = pending()
    void here.get(crashing)
    await started
    const there = await newContainer()
    const obtain = returning('first')
    at(9_999)
    await expect(there.get(obtain, undefined, Date.now())).rejects.toMatchObject(timeout)
    expect(obtain).not.toHaveBeenCalled()
    at(10_001)
    expect(await there.get(obtain, undefined, Date.now())).toBe('first')
  })

  it('of another caller is awaited until the deadline', async () => {
    const { obtain, started, end } = pending()
    const first = here.get(obtain)
    await started
    const began = Date.now()
    const waiting = [300, 0, -1_000].map((ms) => here.get(obtain, undefined, began + ms))
    await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(timeout)))
    end('first')
    expect(await first).toBe('first')
    expect(obtain).toHaveBeenCalledOnce()
  })
})
