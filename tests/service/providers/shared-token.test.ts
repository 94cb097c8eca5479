import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
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
  vi.useRealTimers()
})

const refused = { code: 'provider_refused' }
const unavailable = { code: 'provider_unavailable' }
const timeout = { code: 'provider_timeout' }

describe('a credential', () => {
  it('is asked for once by callers in many places at the same time', async () => {
    const there = await container()
    const obtain = giving('first', 200)
    const got = await times(20, (index) => (index % 2 ? here : there).get(obtain))
    expect(new Set(got)).toEqual(new Set(['first']))
    expect(obtain).toHaveBeenCalledOnce()
    expect(await (await container()).get(obtain)).toBe('first')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('is sealed where it is kept', async () => {
    await here.get(giving('in-the-clear'))
    const Item = await here.kept()
    expect(Item).toMatchObject({ sealed: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/) })
    expect(JSON.stringify(Item)).not.toContain('in-the-clear')
  })

  it('sealed under another key counts as none', async () => {
    const before = process.env['SEAL_KEY']
    await here.get(giving('first'))
    try {
      process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
      const obtain = giving('second')
      expect(await (await container()).get(obtain)).toBe('second')
      expect(obtain).toHaveBeenCalledWith(expect.any(Number), null)
    } finally {
      process.env['SEAL_KEY'] = before
    }
  })

  it('of one name is not given for another', async () => {
    await here.get(giving('first'))
    name = randomUUID()
    expect(await here.get(giving('second'))).toBe('second')
  })

  it('is not used when it has expired, neither by who has seen it nor by others', async () => {
    const at = clock()
    await here.get(giving('first'))
    await here.get(here.fail)
    at(LIFE)
    for (const place of [here, await container()])
      await expect(place.get(place.fail)).rejects.toMatchObject(unavailable)
    const obtain = giving('second')
    expect(await here.get(obtain)).toBe('second')
    expect(obtain).toHaveBeenCalledWith(Date.now() + 90_000, 'first')
  })
})

describe('a renewal', () => {
  it('is made by one caller when four fifths of the life are over; the others go on with the old one', async () => {
    const at = clock()
    const there = await container()
    await here.get(giving('old'))
    const { obtain, begun, end } = slow()
    at(LIFE * 0.8 - 1)
    expect([await here.get(obtain), await there.get(obtain)]).toEqual(['old', 'old'])
    expect(obtain).not.toHaveBeenCalled()
    at(LIFE * 0.8)
    const renewing = here.get(obtain)
    await begun
    expect(await times(10, (index) => (index % 2 ? here : there).get(obtain))).toEqual(Array(10).fill('old'))
    end('new')
    expect(await renewing).toBe('new')
    expect([await here.get(obtain), await there.get(obtain)]).toEqual(['new', 'new'])
    expect(obtain).toHaveBeenCalledOnce()
  })

  it.each(['refuse', 'fail'] as const)('that comes to nothing (%s) leaves the old one in use', async (how) => {
    const at = clock()
    await here.get(giving('old'))
    at(LIFE * 0.9)
    expect(await here.get(here[how])).toBe('old')
    expect(await (await container()).get(here[how])).toBe('old')
  })

  it('that was refused is not tried again within a minute', async () => {
    const at = clock()
    await here.get(giving('old'))
    at(LIFE * 0.8)
    await here.get(here.refuse)
    const obtain = giving('new')
    at(LIFE * 0.8 + 59_999)
    expect(await here.get(obtain)).toBe('old')
    expect(obtain).not.toHaveBeenCalled()
    at(LIFE * 0.8 + 60_001)
    expect(await here.get(obtain)).toBe('new')
  })
})

describe('a credential that the provider takes no longer', () => {
  it('is replaced by one log-in, whoever reports it', async () => {
    const at = clock()
    await here.get(giving('old'))
    at(60_001)
    const obtain = giving('new', 200)
    expect(await times(10, () => here.get(obtain, 'old'))).toEqual(Array(10).fill('new'))
    expect(await here.get(obtain, 'old')).toBe('new')
    expect(obtain).toHaveBeenCalledOnce()
  })

  it('was perhaps replaced by another container: that one is taken over without a log-in', async () => {
    const at = clock()
    const there = await container()
    await here.get(giving('old'))
    await there.get(giving('never'))
    at(60_001)
    expect(await there.get(giving('new'), 'old')).toBe('new')
    const obtain = giving('never')
    expect(await here.get(obtain)).toBe('old')
    expect(await here.get(obtain, 'old')).toBe('new')
    expect(await here.get(obtain)).toBe('new')
    expect(obtain).not.toHaveBeenCalled()
  })

  it('is not given again when there is no other', async () => {
    const at = clock()
    await here.get(giving('old'))
    at(60_001)
    await expect(here.get(here.fail, 'old')).rejects.toMatchObject(unavailable)
    await expect(here.get(here.refuse, 'old')).rejects.toMatchObject(refused)
  })
})

describe('a log-in', () => {
  it('that is refused is not repeated within a minute, and the others are told', async () => {
    const at = clock()
    const refusing = vi.fn(async () => {
      await sleep(200)
      return here.refuse()
    })
    const settled = await Promise.allSettled(Array.from({ length: 5 }, () => here.get(refusing)))
    expect(settled.map((each) => each.status === 'rejected' && each.reason)).toEqual(
      Array(5).fill(expect.objectContaining(refused)),
    )
    expect(refusing).toHaveBeenCalledOnce()
    const obtain = giving('first')
    const there = await container()
    at(59_999)
    for (const place of [here, there]) await expect(place.get(obtain)).rejects.toMatchObject(refused)
    expect(obtain).not.toHaveBeenCalled()
    at(60_001)
    expect(await there.get(obtain)).toBe('first')
  })

  it('that is made again after a refusal is waited for by others', async () => {
    const at = clock()
    await expect(here.get(here.refuse)).rejects.toMatchObject(refused)
    at(60_001)
    const { obtain, begun, end } = slow()
    const first = here.get(obtain)
    await begun
    const second = (await container()).get(obtain)
    setTimeout(end, 200, 'first')
    expect(await Promise.all([first, second])).toEqual(['first', 'first'])
    expect(obtain).toHaveBeenCalledOnce()
  })

  it.each([
    ['fails at the provider', () => here.fail()],
    ['breaks', () => Promise.reject(new TypeError('broken'))],
  ])('that %s is tried again by the next caller', async (_how, obtain) => {
    await expect(here.get(obtain)).rejects.toMatchObject({ message: expect.stringMatching(/not answer|broken/) })
    expect(await here.get(giving('first'))).toBe('first')
  })

  it('that fails is tried again by a caller who waits', async () => {
    const failing = vi.fn(async () => {
      await sleep(200)
      return here.fail()
    })
    const first = here.get(failing)
    await vi.waitFor(() => expect(failing).toHaveBeenCalled())
    const second = here.get(giving('first'))
    await expect(first).rejects.toMatchObject(unavailable)
    expect(await second).toBe('first')
  })

  it('that ended in a crash keeps others out for ten seconds', async () => {
    setTimeBudgets({ tokenLockMs: 10_000 })
    const at = clock()
    const { obtain: crashing, begun } = slow()
    void here.get(crashing)
    await begun
    const there = await container()
    const obtain = giving('first')
    at(9_999)
    await expect(there.get(obtain, undefined, Date.now())).rejects.toMatchObject(timeout)
    expect(obtain).not.toHaveBeenCalled()
    at(10_001)
    expect(await there.get(obtain, undefined, Date.now())).toBe('first')
  })

  it('of another is waited for until the deadline', async () => {
    const { obtain, begun, end } = slow()
    const first = here.get(obtain)
    await begun
    const began = Date.now()
    const waiting = [300, 0, -1_000].map((ms) => here.get(obtain, undefined, began + ms))
    await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(timeout)))
    end('first')
    expect(await first).toBe('first')
    expect(obtain).toHaveBeenCalledOnce()
  })
})
