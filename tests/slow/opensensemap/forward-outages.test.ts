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

/** Faults at calls to a path that ends so, as many as there are. */
function fail(path: string, ...faults: FakeFault[]): void {
  on.osem.plan = (call) => (call.path.endsWith(path) ? faults.shift() : undefined)
}
/** All commands to the database fail from the one on that `when` picks. */
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
const refused = (status: number, message = 'no') => ({ status, body: { code: 'No', message } })
const values = () => on.osem.measurements.map(({ value }) => Number(value))

describe('openSenseMap', () => {
  it.each<[string, FakeFault, number]>([
    ['cannot be reached', 'never arrives', 0],
    ['fails', { status: 500, body: { code: 'InternalServer' } }, 0],
    ['is overloaded and wants to be left alone', { status: 503, headers: { 'retry-after': '30' } }, 0],
    ['answers with garbage', 'garbage', 1],
    ['never ends its answer', 'endless', 1],
    ['breaks off its answer', 'answer cut off', 1],
    ['stores, and its answer is lost', 'answer lost', 1],
    ['says that all is well and stores nothing', { status: 200, body: { message: 'welcome to the hotel' } }, 0],
  ])('%s: the measurement arrives later, and once', async (_, fault, stored) => {
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

  it('takes longer than a call may last', async () => {
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
  ])('is asked too often: %s: %s leaves it alone as long as it says', async (name, value) => {
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

  it('is down for all: three boxes are tried a minute, not hundreds', async () => {
    await start()
    for (let box = 0; box < 12; box += 1) on.osem.addBox({ name: `latchkey senseBox ${box}` })
    await on.upload({ ...readings(12), box: Array.from({ length: 12 }, (_, box) => box) })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? refused(500) : undefined)
    await on.forward()
    expect(on.calls(POSTS)).toBe(3)
    await on.later(MINUTE - 1_000)
    expect(on.calls(POSTS)).toBe(6)
    heal()
    await on.later(HOUR)
    expect(values()).toHaveLength(12)
  })

  it('is tried less and less often while it refuses a box, and others are not kept waiting', async () => {
    await start()
    await on.upload({ ...readings(1), box: ['bad'] })
    await on.forward()
    const [bad] = on.osem.boxes.keys()
    on.osem.plan = ({ path }) => (path === `/boxes/${bad}/data` ? refused(403) : undefined)
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
    ['failure', refused(500)],
  ])('are not made twice after a %s', async (_, fault) => {
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

describe('an account', () => {
  it('whose JWT is over is renewed by its refresh token, and else by signing in, once', async () => {
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

  it('that cannot be signed in to costs no attempts, and is not tried all the time', async () => {
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

  it('that is not set up leaves everything due', async () => {
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
    ['before anything', () => true],
    ['when the box is claimed', (command, body) => command === 'UpdateItem' && body.includes('lease_until')],
    ['before what is posted is noted', (command, body) => command === 'PutItem' && body.includes('"sent"')],
    ['after the post, before it is noted', (command, body) => command === 'PutItem' && body.includes('"arrived"')],
    ['before a block is marked', (command, body) => command === 'UpdateItem' && body.includes('forwarded_at')],
  ])('%s loses and doubles nothing', async (_, when) => {
    await start()
    await on.upload(readings(5))
    crash(when)
    // Whether the run fails or ends early makes no difference to what comes after it.
    await on.forward().catch(() => undefined)
    heal()
    await on.later(MINUTE)
    await on.upload(readings(1, 9))
    await on.later(MINUTE)
    expect(values()).toEqual([0, 1, 2, 3, 4, 9])
  })

  it('at the only moment that nobody can look back upon sends twice, and loses nothing', async () => {
    await start()
    await on.upload(readings(2, 5))
    await on.forward()
    // Older than what has arrived: what the box tells of its last measurement proves nothing.
    await on.upload(readings(2, 0, HOUR))
    crash((command, body) => command === 'PutItem' && body.includes('"arrived"'))
    await on.later(MINUTE)
    heal()
    await on.later(2 * MINUTE)
    expect(values()).toEqual([5, 6, 0, 1, 0, 1])
  })

  it('of one run keeps another out only until its claim is over', async () => {
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

describe('what is refused again and again', () => {
  it('is parked with its reason, and goes on where it was when it is redriven', async () => {
    await start({ OSEM_MAX_ATTEMPTS: '2' })
    const { time, scd30_co2_ppm } = readings(2_600)
    await on.upload({ time: time.slice(0, 1_400), scd30_co2_ppm: scd30_co2_ppm.slice(0, 1_400) })
    await on.upload({ time: time.slice(1_400), scd30_co2_ppm: scd30_co2_ppm.slice(1_400) })
    let posts = 0
    on.osem.plan = ({ path }) => (path.endsWith('/data') && ++posts > 1 ? refused(500) : undefined)
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

  it('keeps what is around it from arriving for minutes only', async () => {
    await start()
    const poison = '666,'
    on.osem.plan = ({ path, text }) =>
      path.endsWith('/data') && text.includes(poison) ? refused(422, 'Invalid value') : undefined
    on.osem.rateLimit.posts = 1_000
    for (let row = 660; row < 680; row += 1) await on.upload(readings(1, row, (700 - row) * MINUTE))
    for (let run = 0; run < 15; run += 1) await on.later(MINUTE)
    expect(values()).toEqual(filled(20, 660).flatMap((first, row) => (row === 6 ? [] : [first + row])))
  })
})
