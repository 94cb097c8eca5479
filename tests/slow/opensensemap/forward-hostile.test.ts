// @module-tag local-only
// Every test moves the clock.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startFakeOpenSenseMap } from '../../../dev/fakes/opensensemap.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { boxDigest } from '../../../lib/opensensemap/box.ts'
import {
  type Forwarding,
  filled,
  HOUR,
  MINUTE,
  POSTS,
  readings,
  startForwarding,
  storeBlocks,
} from '../../support/forwarding.ts'
import { logged, outputSince } from '../../support/logs.ts'

let on: Forwarding
let admin: typeof import('../../../lib/opensensemap/store-admin.ts')
const start = async (settings: Record<string, string> = {}) => {
  on = await startForwarding({ OSEM_DEFAULT_POSITION: '48.52,9.05', ...settings })
  on.osem.rateLimit.posts = 1_000_000
  admin = await import('../../../lib/opensensemap/store-admin.ts')
}
afterEach(() => on.stop())

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const values = () => on.osem.measurements.map(({ value }) => Number(value))
const arrivedOf = (box: string) => on.arrived().filter((each) => each.startsWith(`${box} `))
const theBox = () => [...on.osem.boxes.values()][0]
const heal = () => {
  on.latchkey.database.plan = () => undefined
  on.osem.plan = () => undefined
}
const errorReply = (status: number) => ({ status, body: { code: 'No', message: 'no' } })
/** Uploads a current measurement of a box. */
const reading = (box: string, value: Cell, more: Record<string, Cell[]> = {}) =>
  on.upload({ box: [box], time: [ago(0)], a_b_c: [value], ...more })
/** Adds boxes to openSenseMap that match those of Latchkey. */
const known = (...names: string[]) =>
  names.map((name) => on.osem.addBox({ name: `latchkey senseBox ${name}`, exposure: 'mobile', grouptag: ['latchkey'] }))
/** Runs forwarding `count` times, with `apart` milliseconds before each. */
const runs = async (count: number, apart = 10 * MINUTE) => {
  for (let run = 0; run < count; run += 1) await on.later(apart)
}
/** Changes settings, like a deployment. */
const deploy = async (settings: Record<string, string>) => {
  Object.assign(process.env, settings)
  await on.latchkey.anotherContainer()
}
/** Uploads rows as another client. */
async function stranger(columns: Record<string, readonly unknown[]>): Promise<void> {
  const { client_id } = await on.latchkey.register()
  const answer = await on.latchkey.upload(await on.latchkey.token(client_id), JSON.stringify(columns))
  expect(answer.status).toBe(200)
}
describe('a post whose response was lost', () => {
  it('loses nothing after it is parked and redriven behind an older block', async () => {
    await start({ OSEM_MAX_ATTEMPTS: '2' })
    await on.upload({ time: [ago(0)], a_b_c: [1] })
    await on.forward()
    await on.later(MINUTE)
    await on.upload({ time: [ago(0)], a_b_c: [2] })
    on.osem.plan = ({ path, method }) => {
      if (path.endsWith('/data')) return 'answer lost'
      return method === 'GET' && path.startsWith('/boxes/') ? errorReply(500) : undefined
    }
    await runs(4, HOUR)
    expect(await admin.listParked()).toMatchObject([{ box: 'generic', blocks: 1 }])
    heal()
    await on.upload({ time: [ago(10 * HOUR)], a_b_c: [3] })
    await admin.redriveBoxes(['generic'])
    let posts = 0
    on.osem.plan = ({ path }) => (path.endsWith('/data') && ++posts === 1 ? 'never arrives' : undefined)
    await on.forward()
    await runs(3, HOUR)
    expect(posts).toBeGreaterThan(1)
    // The parked post may have arrived, and is sent again.
    expect(values().toSorted()).toEqual([1, 2, 2, 3])
  })

  it('arrives once if its times have fractions of a millisecond', async () => {
    await start()
    await on.upload({ time: [Math.floor(Date.now() / 1_000) - 60 + 0.1234567], a_b_c: [1] })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? 'answer lost' : undefined)
    await on.forward()
    heal()
    await runs(2)
    expect(values()).toEqual([1])
  })

  it('arrives once if another device of the box has newer measurements', async () => {
    await start()
    await stranger({ time: [ago(0)], x_y_z: [1] })
    await on.upload({ time: [ago(20_000)], a_b_c: [2] })
    await on.forward()
    await on.upload({ time: [ago(10_000)], a_b_c: [3] })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? 'answer lost' : undefined)
    await on.later(1_000)
    heal()
    await runs(2)
    expect(values().toSorted()).toEqual([1, 2, 3])
  })
})

describe('a rate limit below the demand', () => {
  it('serves each of three boxes within two minutes', async () => {
    await start({ OSEM_POSTS_PER_MINUTE: '2' })
    known('a', 'b', 'c')
    for (let pair = 1; pair <= 3; pair += 1) {
      for (let run = 0; run < 2; run += 1) {
        await on.upload({ time: filled(3, ago(run)), box: ['a', 'b', 'c'], a_b_c: filled(3, pair * 10 + run) })
        const before = on.calls(POSTS)
        await on.later(MINUTE + 1_000)
        expect(on.calls(POSTS) - before).toBe(2)
      }
      const served = ['a', 'b', 'c'].map((box) => arrivedOf(box).map((each) => Number(each.split(' ').at(-1))))
      for (const own of served) expect(Math.max(...own)).toBeGreaterThanOrEqual(pair * 10)
    }
  })

  it('does not wait for a deadline that a wrong clock stored', async () => {
    await start()
    await reading('good', 1)
    await on.forward()
    const now = Date.now()
    vi.setSystemTime(now + 72 * HOUR)
    await reading('good', 2, { time: [new Date(now).toISOString()] })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? { status: 429, body: 'Too Many Requests' } : undefined)
    await on.forward()
    heal()
    vi.setSystemTime(now)
    await runs(2, 2 * MINUTE)
    expect(values()).toEqual([1, 2])
  })
})

describe('a column', () => {
  it('with any name arrives without affecting other columns of its box', async () => {
    await start()
    await on.upload({ time: [ago(0)], a_b_c: [0] })
    await on.forward()
    const odd = ['a_b_constructor', 'a_b___proto__', 'a_ b_c', ' a_b_ d ', 'a_tostring_hasownproperty']
    for (const [index, column] of odd.entries()) {
      await stranger({ time: [ago(0)], [column]: [index] })
      await on.upload({ time: [ago(0)], a_b_c: [10 + index], a_x_c: [20 + index] })
      await on.later(MINUTE + 1_000)
      await on.later(MINUTE + 1_000)
    }
    const wanted = [0, ...odd.flatMap((_, index) => [index, 10 + index, 20 + index])]
    expect(values().toSorted((a, b) => a - b)).toEqual(wanted.toSorted((a, b) => a - b))
    expect(await admin.listParked()).toEqual([])
  })

  it('whose sensor openSenseMap rejects delays only its own block', async () => {
    await start()
    await on.upload({ time: [ago(0)], a_b_c: [0] })
    await on.forward()
    on.osem.plan = ({ method, text }) => (method === 'PUT' && text.includes('"evil"') ? errorReply(422) : undefined)
    for (let value = 1; value <= 4; value += 1) await on.upload({ time: [ago(10_000 - value)], a_b_c: [value] })
    await stranger({ time: [ago(9_000)], a_evil_c: [666] })
    for (let value = 5; value <= 8; value += 1)
      await on.upload({ time: [ago(9_000 - value)], a_b_c: [value], x_y_z: [0] })
    await runs(6)
    expect(
      values()
        .filter((value) => value !== 0)
        .toSorted(),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(on.osem.measurements).toHaveLength(13)
    const reasons = new Map([['refused_change-box_422', 1]])
    expect(await admin.listParked()).toMatchObject([{ box: 'generic', blocks: 1, reasons }])
  })
})

describe('a failing list of boxes', () => {
  it('does not stop forwarding to known boxes', async () => {
    await start()
    await reading('good', 0)
    await on.forward()
    on.osem.plan = ({ path }) => (path === '/users/me/boxes' ? errorReply(500) : undefined)
    const names = Array.from({ length: 12 }, (_, index) => `new ${index}`)
    await on.upload({ time: filled(12, ago(0)), box: names, a_b_c: filled(12, 1) })
    for (let minute = 1; minute <= 2; minute += 1) {
      await reading('good', minute)
      await on.later(MINUTE + 1_000)
      expect(arrivedOf('good')).toHaveLength(minute + 1)
    }
    expect(on.arrived()).toHaveLength(3)
    heal()
    await on.later(MINUTE + 1_000)
    expect(on.osem.boxes.size).toBeGreaterThan(1)
  })
})

describe('a position', () => {
  it('in the last row of a block creates the box, also with two posts', async () => {
    await start({ OSEM_DEFAULT_POSITION: '' })
    const { time, scd30_co2_ppm } = readings(1_400)
    const last = (value: number) => [...filled(1_399, null), value]
    await on.upload({ time, scd30_co2_ppm, scd30_t_c: scd30_co2_ppm, lat: last(48), lon: last(9) })
    await on.forward()
    expect(values()).toHaveLength(2_800)
    // Rows before it have no known position.
    expect(on.osem.measurements.filter(({ location }) => location)).toHaveLength(2)
    expect(theBox()?.currentLocation.coordinates).toEqual([9, 48])
  })

  it('in a later block creates the box', async () => {
    await start({ OSEM_DEFAULT_POSITION: '' })
    await on.upload({ ...readings(1_300), a_b_c: filled(1_300, 1) })
    await on.upload({ time: [ago(0)], a_b_c: [5], lat: [48], lon: [9] })
    await on.forward()
    expect(values()).toHaveLength(2_601)
    expect(theBox()?.currentLocation.coordinates).toEqual([9, 48])
  })

  it('of 0,0 is ignored', async () => {
    await start({ OSEM_DEFAULT_POSITION: '' })
    await reading('far', 1, { lat: [0], lon: [0] })
    await on.forward()
    await runs(1, 2 * HOUR)
    expect(on.osem.boxes.size).toBe(0)
    await reading('far', 2, { lat: [10], lon: [0] })
    await on.later(MINUTE)
    expect(on.osem.measurements.map(({ location }) => location)).toEqual([undefined, [0, 10]])
  })

  it('from the settings is used at the next run of a waiting box', async () => {
    await start({ OSEM_DEFAULT_POSITION: '' })
    await reading('far', 1)
    await on.forward()
    await on.later(MINUTE)
    expect(on.osem.boxes.size).toBe(0)
    await deploy({ OSEM_DEFAULT_POSITION: '10,20' })
    await on.later(MINUTE)
    expect(on.arrived()).toEqual(['far b 1'])
    expect(theBox()?.currentLocation.coordinates).toEqual([20, 10])
  })

  it('from earlier rows is used to create a deleted box again', async () => {
    await start({ OSEM_DEFAULT_POSITION: '' })
    await reading('far', 1, { lat: [10], lon: [20] })
    await on.forward()
    on.osem.boxes.clear()
    await reading('far', 2)
    await runs(3, 2 * HOUR)
    expect(on.arrived()).toContain('far b 2')
  })
})

describe('the stored state of a box', () => {
  it('is valid for one server, as is its access token', async () => {
    await start()
    const [box] = known('generic')
    Object.assign(box ?? {}, { useAuth: true })
    await on.upload(readings(1))
    await on.forward()
    const other = await startFakeOpenSenseMap()
    await deploy({ SENSEMAP_API: other.url })
    const before = on.osem.calls.length
    await on.upload(readings(1, 7))
    await on.later(2 * MINUTE)
    expect(on.osem.calls).toHaveLength(before)
    expect(other.measurements).toMatchObject([{ value: '7' }])
    const sent = JSON.stringify(other.calls.map(({ headers, text, path }) => [headers, text, path]))
    expect(sent).not.toContain(box?.access_token)
    expect(sent).not.toContain(box?._id)
    await other.stop()
  })

  it('is valid for one account', async () => {
    await start()
    await on.upload(readings(1))
    await on.forward()
    const [before] = on.osem.boxes.values()
    if (before) before.own = false
    await deploy({ SENSEMAP_USERNAME: 'Latchkey', SENSEMAP_EMAIL: '' })
    await on.upload(readings(1, 7))
    await on.later(2 * MINUTE)
    expect(values()).toEqual([0, 7])
    expect(on.osem.boxes.size).toBe(2)
    expect(on.osem.measurements[1]?.box).not.toBe(before?._id)
  })

  it('is valid for one value of OSEM_NAME', async () => {
    await start()
    await on.upload(readings(1))
    await on.forward()
    await deploy({ OSEM_NAME: 'Moor' })
    await on.upload(readings(1, 7))
    await on.later(2 * MINUTE)
    expect([...on.osem.boxes.values()].map(({ name }) => name)).toEqual([
      'latchkey senseBox generic',
      'Moor senseBox generic',
    ])
    expect(on.osem.measurements.map(({ box }) => box)).toEqual([...on.osem.boxes.keys()])
  })

  it('loses its link after the setting is removed', async () => {
    await start({ OSEM_WEBLINK: 'https://moor.example/' })
    await on.upload(readings(1))
    await on.forward()
    expect(theBox()).toHaveProperty('weblink', 'https://moor.example/')
    await deploy({ OSEM_WEBLINK: '' })
    await on.upload(readings(1, 7))
    await on.later(2 * MINUTE)
    expect(theBox()?.weblink).toBeUndefined()
    const changes = on.calls('PUT /boxes/:id')
    await on.upload(readings(1, 8))
    await on.later(2 * MINUTE)
    expect([values(), on.calls('PUT /boxes/:id')]).toEqual([[0, 7, 8], changes])
  })
})

describe('a due block', () => {
  it('is not sent after the settings exclude its box, client or column', async () => {
    await start()
    for (const [name, value] of Object.entries({
      OSEM_BOXES: 'other',
      OSEM_CLIENTS: 'another',
      OSEM_COLUMNS: 'x_.*',
    })) {
      await reading('good', 1)
      await deploy({ [name]: value })
      await on.later(MINUTE + 1_000)
      await deploy({ [name]: '' })
      await on.later(MINUTE + 1_000)
      expect([on.osem.boxes.size, on.calls(POSTS)]).toEqual([0, 0])
    }
    await reading('good', 2)
    await on.later(MINUTE)
    expect(values()).toEqual([2])
  })

  it('without a box goes to the generic box, whatever its participant is called', async () => {
    await start()
    const token = await on.latchkey.token(on.clientId, { participant_id: 'jane' })
    const rows = { time: [ago(2), ago(1), ago(0)], box: [null, 'jane', ''], a_b_c: [1, 2, 3] }
    await on.latchkey.upload(token, JSON.stringify(rows))
    await on.forward()
    expect(on.arrived().toSorted()).toEqual(['generic b 1', 'generic b 3', 'jane b 2'])
  })
})

describe('the name of a box', () => {
  it.each(['classic', 'successor'] as const)('with blanks at its ends matches in the %s API', async (api) => {
    await start()
    on.osem.generation = api
    await reading('x ', 1)
    await on.forward()
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? errorReply(404) : undefined)
    await reading('x ', 2)
    await on.later(MINUTE)
    heal()
    await runs(2)
    expect([...on.osem.boxes.values()].map(({ name }) => name)).toEqual(['latchkey senseBox x'])
    expect(values()).toEqual([1, 2])
  })

  it('that differs only in blanks does not create a second box', async () => {
    await start()
    await on.upload({ time: [ago(1), ago(0)], box: ['x', 'x '], a_b_c: [1, 2] })
    await on.forward()
    await runs(2)
    expect(values().toSorted()).toEqual([1, 2])
    expect(on.osem.boxes.size).toBe(1)
  })

  it('that differs only in blanks loses no measurements with equal times', async () => {
    await start()
    const time = [ago(0)]
    await on.upload({ time, box: ['x'], a_b_c: [1] })
    await on.forward()
    await on.upload({ time, box: ['x '], a_b_c: [2] })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? 'never arrives' : undefined)
    await on.later(MINUTE)
    heal()
    await runs(2)
    expect(values()).toEqual([1, 2])
  })
})

describe('a change of a box whose response is invalid', () => {
  const garbageOnce = () => {
    let faults = 0
    on.osem.plan = ({ method }) => (method === 'PUT' && ++faults === 1 ? 'garbage' : undefined)
  }

  it('does not create a second box in the same run', async () => {
    await start({ OSEM_WEBLINK: 'https://moor.example/' })
    await on.upload(readings(1))
    await on.upload(readings(1, 7, 2 * MINUTE))
    garbageOnce()
    await runs(3)
    expect(values().toSorted()).toEqual([0, 7])
    expect(on.osem.boxes.size).toBe(1)
  })

  it('does not create a sensor twice', async () => {
    await start()
    known('generic')
    await on.upload(readings(1))
    await on.upload(readings(1, 7, 2 * MINUTE))
    garbageOnce()
    await runs(3)
    expect(values().toSorted()).toEqual([0, 7])
    expect(theBox()?.sensors).toHaveLength(1)
  })
})

it('a box with more columns than sensors still receives its known columns', async () => {
  await start({ OSEM_MIN_SECONDS_BETWEEN_UPLOADS: '1' })
  const time = ago(HOUR)
  await storeBlocks(
    on.clientId,
    Array.from({ length: 8 }, (_, who) => ({
      box: `participant ${who}`,
      key: `${time}#${who}`,
      columns: [
        ['time', [time]],
        ...Array.from({ length: 998 }, (_, index): [string, Cell[]] => [`a_b_${who * 998 + index}`, [index]]),
      ],
    })),
  )
  await runs(3, 2 * MINUTE)
  await on.upload({ time: [ago(0)], a_b_0: [7_777] })
  await runs(2, 2 * HOUR)
  expect(values()).toContain(7_777)
})

describe('operation of forwarding', () => {
  it('reports the account as the reason of waiting boxes', async () => {
    await start({ SENSEMAP_PASSWORD: 'wrong' })
    await reading('one', 1)
    await on.forward()
    expect(await admin.listWaiting(Date.now())).toMatchObject([
      { box: 'one', reason: 'account_provider_refused', failures: 0, blocks: 1, nextAttempt: null },
    ])
    await deploy({ SENSEMAP_PASSWORD: '' })
    await on.later(2 * MINUTE)
    expect(await admin.listWaiting(Date.now())).toMatchObject([{ reason: 'account_provider_not_configured' }])
  })

  it('reports the same digest of a box in the log and in the list', async () => {
    await start()
    await reading('one', 1)
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? errorReply(500) : undefined)
    const before = logged()
    await on.forward()
    const failed = outputSince(before)
      .split('\n')
      .filter((line) => line.includes('"forward_failed"'))
      .map((line) => JSON.parse(line))
    const [waiting] = await admin.listWaiting(Date.now())
    expect(waiting).toMatchObject({ reason: 'provider_unavailable', digest: boxDigest('one').slice(0, 10) })
    expect(failed).toMatchObject([
      { box: waiting?.digest, cause: [{ problem: 'provider_unavailable', facts: { operation: 'measurements' } }] },
    ])
    expect(outputSince(before)).not.toContain(boxDigest('one'))
  })

  it('accepts the setting True, as written in Python', async () => {
    await start({ OSEM_UPLOAD: 'True' })
    await on.upload(readings(1))
    await on.forward()
    expect(values()).toEqual([0])
  })
})
