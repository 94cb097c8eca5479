// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ObtainedToken } from '../../../lib/providers/shared-token.ts'
import type { Fault } from '../../support/database.ts'
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
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})

const rejected = { code: 'provider_refused' }
const timeout = { code: 'provider_timeout' }
const unavailable = { code: 'storage_unavailable' }

describe('a fresh token that the provider rejects', () => {
  it('is replaced at once by one log-in, for ten callers in two containers', async () => {
    clock()
    await here.get(returning('old'))
    const there = await newContainer()
    const obtain = returning('new', 200)
    const got = await times(10, (index) => (index % 2 ? here : there).get(obtain, 'old'))
    expect(got).toEqual(Array(10).fill('new'))
    expect(await (await newContainer()).get(obtain, 'old')).toBe('new')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('is not replaced again within a minute when its replacement is rejected too', async () => {
    const at = clock()
    await here.get(returning('old'))
    expect(await here.get(returning('second'), 'old')).toBe('second')
    const there = await newContainer()
    const obtain = returning('third')
    for (const after of [0, 59_999]) {
      at(after)
      for (const place of [here, there, await newContainer()])
        await expect(place.get(obtain, 'second')).rejects.toMatchObject(rejected)
    }
    expect(obtain).not.toHaveBeenCalled()
    expect([await here.get(obtain), await there.get(obtain)]).toEqual(['second', 'second'])
    at(60_000)
    expect(await there.get(obtain, 'second')).toBe('third')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('pauses log-ins for a minute when the new log-in is rejected', async () => {
    const at = clock()
    await here.get(returning('old'))
    const refusing = vi.fn(here.reject)
    await expect(here.get(refusing, 'old')).rejects.toMatchObject(rejected)
    const obtain = returning('new')
    await expect((await newContainer()).get(obtain, 'old')).rejects.toMatchObject(rejected)
    expect(refusing).toHaveBeenCalledOnce()
    expect(obtain).not.toHaveBeenCalled()
    at(60_001)
    expect(await here.get(obtain, 'old')).toBe('new')
  })

  it('causes one additional log-in, then one a minute, not one per report', async () => {
    const at = clock()
    await here.get(returning('0'))
    let made = 0
    const obtain = vi.fn(async (): Promise<ObtainedToken> => {
      made += 1
      return { secret: String(made), validUntil: Date.now() + LIFE }
    })
    // The provider rejects every token, and each caller reports the one it got.
    let latest = '0'
    for (let second = 0; second <= 300; second += 10) {
      at(second * 1_000)
      await times(3, async () => {
        latest = await here.get(obtain, latest).catch(() => latest)
      })
    }
    expect(obtain).toHaveBeenCalledTimes(6)
  })

  it('is replaced at once again after ten minutes', async () => {
    const at = clock()
    await here.get(returning('old'))
    await here.get(returning('second'), 'old')
    at(LIFE * 0.8)
    expect(await here.get(returning('third'))).toBe('third')
    expect(await here.get(returning('fourth'), 'third')).toBe('fourth')
  })

  it('does not affect a report of an older token', async () => {
    const at = clock()
    await here.get(returning('old'))
    at(60_001)
    await (await newContainer()).get(returning('new'), 'old')
    const obtain = returning('never')
    expect(await here.get(obtain, 'old')).toBe('new')
    expect(obtain).not.toHaveBeenCalled()
  })
})

describe('a lease that a wrong clock stored', () => {
  const lease = (ms: number, refused?: boolean) =>
    here.documents.send(
      new UpdateCommand({
        TableName: process.env['TOKENS_TABLE'],
        Key: { id: `provider#${name}` },
        UpdateExpression: 'SET locked_until = :until, refused = :refused',
        ExpressionAttributeValues: { ':until': Date.now() + ms, ':refused': refused === true },
      }),
    )

  it.each([120_001, 3_600_000, 1e13])('does not block the log-in: %d ms from now', async (ms) => {
    clock()
    for (const refusing of [false, true]) {
      name = randomUUID()
      await lease(ms, refusing)
      const obtain = returning('first', 50)
      expect(await times(5, () => here.get(obtain))).toEqual(Array(5).fill('first'))
      expect(obtain).toHaveBeenCalledOnce()
    }
  })

  it('does not block a renewal', async () => {
    const at = clock()
    await here.get(returning('old'))
    at(LIFE * 0.9)
    await lease(3_600_000)
    expect(await here.get(returning('new'))).toBe('new')
  })

  it('is not one that ends within two minutes', async () => {
    clock()
    await lease(119_999)
    const obtain = returning('first')
    await expect(here.get(obtain, undefined, Date.now())).rejects.toMatchObject(timeout)
    await lease(119_999, true)
    await expect(here.get(obtain)).rejects.toMatchObject(rejected)
    expect(obtain).not.toHaveBeenCalled()
  })
})

describe('a log-in', () => {
  it('has two seconds while the old token is valid, or less where less is left', async () => {
    setTimeBudgets({ earlyRenewalMs: 2_000 })
    const at = clock()
    await here.get(returning('old'))
    at(LIFE * 0.9)
    for (const [left, patience] of [
      [5_000, 2_000],
      [1_500, 1_500],
    ] as const) {
      const obtain = vi.fn(here.fail)
      expect(await here.get(obtain, undefined, Date.now() + left)).toBe('old')
      expect(obtain).toHaveBeenCalledWith(Date.now() + patience, 'old')
    }
  })

  it('has the whole time without a valid token', async () => {
    const at = clock()
    const first = returning('old')
    await here.get(first)
    expect(first).toHaveBeenCalledWith(Date.now() + 90_000, null)
    at(LIFE * 0.9)
    const second = returning('new')
    await here.get(second, 'old')
    expect(second).toHaveBeenCalledWith(Date.now() + 90_000, 'old')
  })
})

describe('when the store fails', () => {
  /** Breaks the first command of this name. */
  const once = (fault: Fault, command = 'UpdateItem', part = '') => {
    let met = false
    latchkey.database.plan = (each, body) => {
      if (met || each !== command || !body.includes(part)) return undefined
      met = true
      return fault
    }
  }

  it.each(['answer lost', 'failing', 'throttled', 'never arrives'] as const)(
    'once during the lease (%s), there is still one log-in',
    async (fault) => {
      once(fault)
      const obtain = returning('first', 300)
      expect(await times(5, () => here.get(obtain))).toEqual(Array(5).fill('first'))
      expect(obtain).toHaveBeenCalledOnce()
    },
  )

  it.each(['answer lost', 'failing'] as const)(
    'once while it stores the token (%s), the token is stored',
    async (fault) => {
      once(fault, 'UpdateItem', 'sealed')
      await here.get(returning('first'))
      const obtain = returning('never')
      expect(await (await newContainer()).get(obtain)).toBe('first')
      expect(obtain).not.toHaveBeenCalled()
    },
  )

  /** A log-in after which every command fails, and the commands sent since. */
  function lastBeforeOutage() {
    const since = { commands: 0 }
    const obtain = vi.fn(async (): Promise<ObtainedToken> => {
      since.commands = latchkey.database.commands.length
      latchkey.database.plan = () => 'failing'
      return { secret: 'lost', validUntil: Date.now() + LIFE }
    })
    return { obtain, sent: () => latchkey.database.commands.slice(since.commands) }
  }

  it('after the log-in, nothing more is written, and the lease expires', async () => {
    setTimeBudgets({ tokenLockMs: 10_000 })
    const at = clock()
    const { obtain, sent } = lastBeforeOutage()
    await expect(here.get(obtain)).rejects.toMatchObject(unavailable)
    expect(sent()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
    latchkey.database.plan = () => undefined
    const next = returning('first')
    const there = await newContainer()
    for (const place of [here, there])
      await expect(place.get(next, undefined, Date.now())).rejects.toMatchObject(timeout)
    expect(next).not.toHaveBeenCalled()
    at(10_001)
    expect(await there.get(next, undefined, Date.now())).toBe('first')
  })

  it('after a renewal, the old token is used while it is valid', async () => {
    setTimeBudgets({ tokenLockMs: 10_000 })
    const at = clock()
    await here.get(returning('old'))
    at(LIFE * 0.9)
    const { obtain, sent } = lastBeforeOutage()
    expect(await here.get(obtain)).toBe('old')
    expect(sent()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
    latchkey.database.plan = () => undefined
    const next = returning('new')
    expect(await here.get(next)).toBe('old')
    expect(next).not.toHaveBeenCalled()
    at(LIFE * 0.9 + 10_001)
    expect(await here.get(next)).toBe('new')
  })

  it('before the log-in, no caller logs in', async () => {
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    const { obtain } = pending()
    await expect(here.get(obtain)).rejects.toMatchObject(unavailable)
    expect(obtain).not.toHaveBeenCalled()
  })
})
