// @module-tag local-only
// Every test moves the clock.
import { afterEach, describe, expect, it } from 'vitest'
import type { FakeFault } from '../../../dev/fakes/fake.ts'
import { listParked, redriveBoxes } from '../../../lib/opensensemap/store-admin.ts'
import { type Forwarding, filled, HOUR, MINUTE, POSTS, readings, startForwarding } from '../../support/forwarding.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let on: Forwarding
const start = async (settings: Record<string, string> = {}) => {
  on = await startForwarding({ OSEM_DEFAULT_POSITION: '48.52,9.05', ...settings })
}
afterEach(() => on.stop())

/** Calls to paths with this ending return the faults, in order. */
function fail(path: string, ...faults: FakeFault[]): void {
  on.osem.plan = (call) => (call.path.endsWith(path) ? faults.shift() : undefined)
}
/** All database commands fail from the first one that `when` selects. */
function crash(when: (command: string, body: string) => boolean): void {
  let crashed = false
  on.latchkey.database.plan = (command, body) => {
    crashed ||= when(command, body)
    return crashed ? 'failing' : undefined
  }
}
const heal = () => {
  on.latchkey.database.plan = () => undefined
  on.osem.plan = () => undefined
}
const errorReply = (status: number, message = 'no') => ({ status, body: { code: 'No', message } })
const values = () => on.osem.measurements.map(({ value }) => Number(value))

describe('forwarding to an openSenseMap', () => {
  it.each<[string, FakeFault, number]>([
    ['cannot be reached', 'never arrives', 0],
    ['returns an error', { status: 500, body: { code: 'InternalServer' } }, 0],
    ['is overloaded', { status: 503, headers: { 'retry-after': '30' } }, 0],
    ['returns invalid data', 'garbage', 1],
    ['sends an endless response', 'endless', 1],
    ['sends an incomplete response', 'answer cut off', 1],
    ['loses the response after storing', 'answer lost', 1],
    ['reports success without storing', { status: 200, body: { message: 'welcome to the hotel' } }, 0],
  ])('that %s sends the measurement later, exactly once', async (_, fault, stored) => {
    await start()
    await on.upload(readings(1))
    fail('/data', fault)
    await on.forward()
    expect(values()).toHaveLength(stored)
    await on.later(MINUTE - 1)
    await on.upload(readings(1, 7))
    await on.later(MINUTE)
    expect(values()).toEqual([0, 7])
    expect(on.osem.boxes.size).toBe(1)
  })

  it('that times out sends the measurement once', async () => {
    await start()
    await on.upload(readings(1))
    fail('/data', 'never answered')
    setTimeBudgets({ openSenseMapCallMs: 500 })
    await on.forward()
    setTimeBudgets({ openSenseMapCallMs: 60_000 })
    heal()
    await on.later(2 * MINUTE)
    expect(values()).toEqual([0])
  })

  it.each([
    ['Retry-After', '120'],
    ['retry-after', '2m'],
    ['X-Ratelimit-Retry-After', '120.0s'],
    ['X-RateLimit-RetryAfter', '119500ms'],
    ['Retry-After', 'date'],
  ])('with a rate limit stops for the given time: %s: %s', async (name, value) => {
    await start()
    await on.upload({ ...readings(2), box: ['one', 'two'] })
    const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 120_000).toUTCString()
    const headers = { [name]: value === 'date' ? until : value }
    fail('/data', { status: 429, body: 'Too Many Requests', headers })
    await on.forward()
    expect(on.calls(POSTS)).toBe(1)
    await on.later(70_000)
    expect(on.calls(POSTS)).toBe(1)
    await on.later(51_000)
    expect(values().toSorted()).toEqual([0, 1])
  })

  it('that is down tries three boxes a minute', async () => {
    await start()
    for (let box = 0; box < 12; box += 1) on.osem.addBox({ name: `latchkey senseBox ${box}` })
    await on.upload({ ...readings(12), box: Array.from({ length: 12 }, (_, box) => box) })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? errorReply(500) : undefined)
    await on.forward()
    expect(on.calls(POSTS)).toBe(3)
    await on.later(MINUTE - 1_000)
    expect(on.calls(POSTS)).toBe(6)
    heal()
    await on.later(HOUR)
    expect(values()).toHaveLength(12)
  })

  it('that rejects a box retries it with backoff, without delaying others', async () => {
    await start()
    await on.upload({ ...readings(1), box: ['bad'] })
    await on.forward()
    const [bad] = on.osem.boxes.keys()
    on.osem.plan = ({ path }) => (path === `/boxes/${bad}/data` ? errorReply(403) : undefined)
    await on.upload({ ...readings(1, 1), box: ['bad'] })
    const tried: number[] = []
    for (let minute = 1; minute <= 40; minute += 1) {
      const before = on.calls(POSTS)
      await on.later(MINUTE)
      if (on.calls(POSTS) > before) tried.push(minute)
    }
    expect(tried).toEqual([1, 2, 4, 8, 16, 32])
    await on.upload({ ...readings(1, 5), box: ['good'] })
    await on.forward()
    expect(values()).toEqual([0, 5])
  })
})

describe('boxes', () => {
  it.each<[string, FakeFault]>([
    ['answer lost', 'answer lost'],
    ['garbage', 'garbage'],
    ['failure', errorReply(500)],
  ])('are created once after a %s', async (_, fault) => {
    await start({ OSEM_WEBLINK: 'https://moor.example/' })
    await on.upload(readings(2))
    let faults = 3
    on.osem.plan = ({ path, method }) =>
      /^\/boxes$|^\/boxes\/[0-9a-f]{24}$/.test(path) && method !== 'GET' && faults-- > 0 ? fault : undefined
    for (let run = 0; run < 6; run += 1) await on.later(10 * MINUTE)
    expect(on.osem.boxes.size).toBe(1)
    expect([...on.osem.boxes.values()][0]?.sensors).toHaveLength(1)
    expect(values()).toEqual([0, 1])
  })
})

describe('the account', () => {
  it('is refreshed once after its JWT expires, or signs in again', async () => {
    await start()
    await on.upload({ ...readings(1), box: ['one'] })
    await on.forward()
    on.osem.expireTokens()
    await on.upload({ ...readings(1, 2), box: ['two'] })
    await on.later(2 * MINUTE)
    expect([on.calls('POST /users/sign-in'), on.calls('POST /users/refresh-auth')]).toEqual([1, 1])
    on.osem.expireTokens(true)
    await on.upload({ ...readings(1, 3), box: ['three'] })
    await on.later(2 * MINUTE)
    expect([on.calls('POST /users/sign-in'), on.calls('POST /users/refresh-auth')]).toEqual([2, 2])
    expect(values()).toEqual([0, 2, 3])
  })

  it('retries a failed sign-in at intervals, without using up attempts', async () => {
    await start({ OSEM_MAX_ATTEMPTS: '1', SENSEMAP_PASSWORD: 'wrong' })
    await on.upload({ ...readings(3), box: ['a', 'b', 'c'] })
    await Promise.all([on.forward(), on.forward()])
    expect(on.calls('POST /users/sign-in')).toBe(1)
    for (let run = 0; run < 5; run += 1) await on.later(MINUTE + 1_000)
    process.env['SENSEMAP_PASSWORD'] = on.osem.settings['SENSEMAP_PASSWORD'] ?? ''
    await on.latchkey.anotherContainer()
    await on.later(2 * MINUTE)
    expect(values().toSorted()).toEqual([0, 1, 2])
  })

  it('leaves all blocks due while it is not configured', async () => {
    await start({ SENSEMAP_PASSWORD: '', OSEM_MAX_ATTEMPTS: '1' })
    await on.upload(readings(1))
    await on.forward()
    await on.later(HOUR)
    expect(on.osem.calls).toEqual([])
    process.env['SENSEMAP_PASSWORD'] = on.osem.settings['SENSEMAP_PASSWORD'] ?? ''
    await on.latchkey.anotherContainer()
    await on.later(MINUTE)
    expect(values()).toEqual([0])
  })
})

describe('a crash', () => {
  it.each<[string, (command: string, body: string) => boolean]>([
    ['before the first command', () => true],
    ['when the box is leased', (command, body) => command === 'UpdateItem' && body.includes('lease_until')],
    ['before the post is recorded', (command, body) => command === 'PutItem' && body.includes('"sent"')],
    [
      'after the post, before its result is recorded',
      (command, body) => command === 'PutItem' && body.includes('"arrived"'),
    ],
    [
      'before a block is marked as forwarded',
      (command, body) => command === 'UpdateItem' && body.includes('forwarded_at'),
    ],
  ])('%s neither loses nor duplicates measurements', async (_, when) => {
    await start()
    await on.upload(readings(5))
    crash(when)
    // The next run must continue whether this one fails or stops early.
    await on.forward().catch(() => undefined)
    heal()
    await on.later(MINUTE)
    await on.upload(readings(1, 9))
    await on.later(MINUTE)
    expect(values()).toEqual([0, 1, 2, 3, 4, 9])
  })

  it('sends measurements twice only if nothing proves their arrival', async () => {
    await start()
    await on.upload(readings(2, 5))
    await on.forward()
    // The last measurement in the box is newer, so it does not prove that these arrived.
    await on.upload(readings(2, 0, HOUR))
    crash((command, body) => command === 'PutItem' && body.includes('"arrived"'))
    await on.later(MINUTE)
    heal()
    await on.later(2 * MINUTE)
    expect(values()).toEqual([5, 6, 0, 1, 0, 1])
  })

  it('blocks other runs only until its lease expires', async () => {
    await start()
    await on.upload(readings(1))
    crash((command, body) => command === 'PutItem' && body.includes('"sent"'))
    await on.forward()
    heal()
    await on.later(30_000)
    expect(values()).toEqual([])
    await on.later(MINUTE + 1_000)
    expect(values()).toEqual([0])
  })
})

describe('a block that openSenseMap rejects repeatedly', () => {
  it('is parked with its reason, and continues where it stopped after a redrive', async () => {
    await start({ OSEM_MAX_ATTEMPTS: '2' })
    const { time, scd30_co2_ppm } = readings(2_600)
    await on.upload({ time: time.slice(0, 1_400), scd30_co2_ppm: scd30_co2_ppm.slice(0, 1_400) })
    await on.upload({ time: time.slice(1_400), scd30_co2_ppm: scd30_co2_ppm.slice(1_400) })
    let posts = 0
    on.osem.plan = ({ path }) => (path.endsWith('/data') && ++posts > 1 ? errorReply(500) : undefined)
    for (let run = 0; run < 4; run += 1) await on.later(10 * MINUTE)
    expect(values()).toHaveLength(2_500)
    expect(posts).toBe(3)
    heal()
    await on.upload(readings(1, 9_999))
    await on.later(MINUTE)
    expect(values()).toHaveLength(2_501)

    const reasons = new Map([['provider_unavailable', 1]])
    expect(await listParked()).toMatchObject([{ box: 'generic', blocks: 1, reasons }])
    expect((await redriveBoxes(['generic'])).redriven).toEqual([{ box: 'generic', blocks: 1 }])
    expect(await listParked()).toEqual([])
    await on.later(MINUTE)
    expect(values()).toHaveLength(2_601)
    expect(new Set(values()).size).toBe(2_601)
  })

  it('delays the other blocks of its box by minutes only', async () => {
    await start()
    const poison = '666,'
    on.osem.plan = ({ path, text }) =>
      path.endsWith('/data') && text.includes(poison) ? errorReply(422, 'Invalid value') : undefined
    on.osem.rateLimit.posts = 1_000
    for (let row = 660; row < 680; row += 1) await on.upload(readings(1, row, (700 - row) * MINUTE))
    for (let run = 0; run < 15; run += 1) await on.later(MINUTE)
    expect(values()).toEqual(filled(20, 660).flatMap((first, row) => (row === 6 ? [] : [first + row])))
  })
})
