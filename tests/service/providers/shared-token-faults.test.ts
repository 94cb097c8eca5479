import { randomUUID } from 'node:crypto'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ObtainedToken } from '../../../lib/providers/shared-token.ts'
import type { Fault } from '../../support/database.ts'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { type CredentialContainer, credentialContainer, giving, LIFE, slow, times } from '../../support/shared-token.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

let name: string
let here: CredentialContainer
const container = () => credentialContainer(() => name)
beforeEach(async () => {
  name = randomUUID()
  here = await container()
})
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})

const refused = { code: 'provider_refused' }
const timeout = { code: 'provider_timeout' }
const unavailable = { code: 'storage_unavailable' }

describe('a credential that was got a moment ago and is not taken', () => {
  it('is not replaced by another log-in within a minute, whoever reports it', async () => {
    const at = clock()
    await here.get(giving('old'))
    const there = await container()
    const obtain = giving('new')
    for (const after of [0, 59_999]) {
      at(after)
      for (const place of [here, there, await container()])
        await expect(place.get(obtain, 'old')).rejects.toMatchObject(refused)
    }
    expect(obtain).not.toHaveBeenCalled()
    expect([await here.get(obtain), await there.get(obtain)]).toEqual(['old', 'old'])
    at(60_000)
    expect(await there.get(obtain, 'old')).toBe('new')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('does not lead to one log-in after another', async () => {
    const at = clock()
    await here.get(giving('0'))
    let made = 0
    const obtain = vi.fn(async (): Promise<ObtainedToken> => {
      made += 1
      return { secret: String(made), validUntil: Date.now() + LIFE }
    })
    // As long as the provider takes none of them, each caller reports the one it was given.
    let latest = '0'
    for (let second = 0; second <= 300; second += 10) {
      at(second * 1_000)
      await times(3, async () => {
        latest = await here.get(obtain, latest).catch(() => latest)
      })
    }
    expect(obtain).toHaveBeenCalledTimes(5)
  })

  it('may be reported when it is another that was got a moment ago', async () => {
    const at = clock()
    await here.get(giving('old'))
    at(60_001)
    await (await container()).get(giving('new'), 'old')
    const obtain = giving('never')
    expect(await here.get(obtain, 'old')).toBe('new')
    expect(obtain).not.toHaveBeenCalled()
  })
})

describe('a lock by a clock that was wrong', () => {
  const lock = (ms: number, refused?: boolean) =>
    here.documents.send(
      new UpdateCommand({
        TableName: process.env['TOKENS_TABLE'],
        Key: { id: `provider#${name}` },
        UpdateExpression: 'SET locked_until = :until, refused = :refused',
        ExpressionAttributeValues: { ':until': Date.now() + ms, ':refused': refused === true },
      }),
    )

  it.each([120_001, 3_600_000, 1e13])('keeps nobody from the log-in: %d ms from now', async (ms) => {
    clock()
    for (const refusing of [false, true]) {
      name = randomUUID()
      await lock(ms, refusing)
      const obtain = giving('first', 50)
      expect(await times(5, () => here.get(obtain))).toEqual(Array(5).fill('first'))
      expect(obtain).toHaveBeenCalledOnce()
    }
  })

  it('does not keep a credential that was to be renewed from that', async () => {
    const at = clock()
    await here.get(giving('old'))
    at(LIFE * 0.9)
    await lock(3_600_000)
    expect(await here.get(giving('new'))).toBe('new')
  })

  it('is none that ends within two minutes', async () => {
    clock()
    await lock(119_999)
    const obtain = giving('first')
    await expect(here.get(obtain, undefined, Date.now())).rejects.toMatchObject(timeout)
    await lock(119_999, true)
    await expect(here.get(obtain)).rejects.toMatchObject(refused)
    expect(obtain).not.toHaveBeenCalled()
  })
})

describe('a log-in', () => {
  it('has two seconds while the old credential is good, or less where less is left', async () => {
    setTimeBudgets({ earlyRenewalMs: 2_000 })
    const at = clock()
    await here.get(giving('old'))
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

  it('has all the time there is without a good one', async () => {
    const at = clock()
    const first = giving('old')
    await here.get(first)
    expect(first).toHaveBeenCalledWith(Date.now() + 90_000, null)
    at(LIFE * 0.9)
    const second = giving('new')
    await here.get(second, 'old')
    expect(second).toHaveBeenCalledWith(Date.now() + 90_000, 'old')
  })
})

describe('when the store fails', () => {
  /** The first command of this name meets the fault. */
  const once = (fault: Fault, command = 'UpdateItem', part = '') => {
    let met = false
    latchkey.database.plan = (each, body) => {
      if (met || each !== command || !body.includes(part)) return undefined
      met = true
      return fault
    }
  }

  it.each(['answer lost', 'failing', 'throttled', 'never arrives'] as const)(
    'once while it is locked (%s), there is one log-in all the same',
    async (fault) => {
      once(fault)
      const obtain = giving('first', 300)
      expect(await times(5, () => here.get(obtain))).toEqual(Array(5).fill('first'))
      expect(obtain).toHaveBeenCalledOnce()
    },
  )

  it.each(['answer lost', 'failing'] as const)('once while it is kept (%s), it is kept', async (fault) => {
    once(fault, 'UpdateItem', 'sealed')
    await here.get(giving('first'))
    const obtain = giving('never')
    expect(await (await container()).get(obtain)).toBe('first')
    expect(obtain).not.toHaveBeenCalled()
  })

  /** A log-in after which nothing gets through to the table; and what was sent to it since. */
  function last() {
    const since = { commands: 0 }
    const obtain = vi.fn(async (): Promise<ObtainedToken> => {
      since.commands = latchkey.database.commands.length
      latchkey.database.plan = () => 'failing'
      return { secret: 'lost', validUntil: Date.now() + LIFE }
    })
    return { obtain, sent: () => latchkey.database.commands.slice(since.commands) }
  }

  it('for good after the log-in, nothing more is written, and the lock ends by itself', async () => {
    setTimeBudgets({ tokenLockMs: 10_000 })
    const at = clock()
    const { obtain, sent } = last()
    await expect(here.get(obtain)).rejects.toMatchObject(unavailable)
    expect(sent()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
    latchkey.database.plan = () => undefined
    const next = giving('first')
    const there = await container()
    for (const place of [here, there])
      await expect(place.get(next, undefined, Date.now())).rejects.toMatchObject(timeout)
    expect(next).not.toHaveBeenCalled()
    at(10_001)
    expect(await there.get(next, undefined, Date.now())).toBe('first')
  })

  it('for good after a renewal, the old one is used as long as it is good', async () => {
    setTimeBudgets({ tokenLockMs: 10_000 })
    const at = clock()
    await here.get(giving('old'))
    at(LIFE * 0.9)
    const { obtain, sent } = last()
    expect(await here.get(obtain)).toBe('old')
    expect(sent()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem'])
    latchkey.database.plan = () => undefined
    const next = giving('new')
    expect(await here.get(next)).toBe('old')
    expect(next).not.toHaveBeenCalled()
    at(LIFE * 0.9 + 10_001)
    expect(await here.get(next)).toBe('new')
  })

  it('before that, nobody logs in', async () => {
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    const { obtain } = slow()
    await expect(here.get(obtain)).rejects.toMatchObject(unavailable)
    expect(obtain).not.toHaveBeenCalled()
  })
})
