// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FakeCall, FakeFault } from '../../../dev/fakes/fake.ts'
import { type FakeOpenSenseMap, startFakeOpenSenseMap } from '../../../dev/fakes/opensensemap.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import {
  changeBox,
  createBox,
  fetchAccountBoxes,
  fetchPublicBox,
  INVALID_TOKEN_REASON,
  postMeasurements,
  refreshSession,
  signIn,
} from '../../../lib/opensensemap/client.ts'
import { rateLimitedMs, rejectionReason, rejectionStatus } from '../../../lib/providers/errors.ts'
import { callProvider } from '../../../lib/providers/http.ts'
import { keepEnvironment } from '../../support/environment.ts'
import { rejection } from '../../support/problems.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

vi.mock(import('../../../lib/observability/metrics.ts'), () => ({ countMetric: vi.fn() }))
vi.mock(import('../../../lib/providers/http.ts'), { spy: true })

const restoreEnvironment = keepEnvironment()
let osem: FakeOpenSenseMap
beforeAll(async () => {
  osem = await startFakeOpenSenseMap()
  Object.assign(process.env, osem.settings)
  clearSettingsCache()
})
afterAll(async () => {
  await osem.stop()
  restoreEnvironment()
})
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  osem.rateLimit = { posts: 1_000, windowMs: 60_000, header: 'Retry-After', wait: String }
})
afterEach(() => {
  vi.restoreAllMocks()
  osem.plan = () => undefined
  osem.generation = 'classic'
  osem.pageSize = 3
  osem.boxes.clear()
  osem.measurements.length = 0
  osem.calls.length = 0
})

const CO2 = { title: 'co2', unit: 'ppm', sensorType: 'scd30', icon: 'osem-not-available' }
const TEMPERATURE = { title: 'temperature', unit: '°C', sensorType: 'sht31', icon: 'osem-temperature-celsius' }
const NEW_BOX = {
  ...{ name: 'a box', exposure: 'indoor', grouptag: ['tag'], description: 'About it.', location: [9.05, 48.52, 340] },
  sensors: [CO2],
}
const TIME = '2026-05-03T12:00:00.000Z'
const soon = () => Date.now() + 90_000
const session = () => signIn(osem.settings['SENSEMAP_EMAIL'] ?? '', osem.settings['SENSEMAP_PASSWORD'] ?? '', soon())
const jwt = async () => (await session()).token
const ids = (boxes: { _id: string }[]) => boxes.map(({ _id }) => _id).toSorted()
const last = (): FakeCall => osem.calls.at(-1) ?? expect.unreachable('nothing was called')

const GENERATIONS = ['classic', 'successor'] as const
describe.each(GENERATIONS)('the %s API', (generation) => {
  beforeEach(() => {
    osem.generation = generation
  })

  it('signs in with an e-mail address or a user name', async () => {
    for (const account of [osem.settings['SENSEMAP_EMAIL'] ?? '', 'Latchkey']) {
      const given = await signIn(account, osem.settings['SENSEMAP_PASSWORD'] ?? '', soon())
      expect(given).toEqual({
        token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        refreshToken: expect.any(String),
      })
      expect(last().body).toEqual({ email: account, password: osem.settings['SENSEMAP_PASSWORD'] })
      expect(last().headers).not.toHaveProperty('authorization')
    }
  })

  it('exchanges a refresh token for a new session once', async () => {
    const old = await session()
    const fresh = await refreshSession(old, soon())
    expect(fresh.token).not.toBe(old.token)
    expect(last()).toMatchObject({
      headers: { authorization: `Bearer ${old.token}`, 'content-type': 'application/json' },
      body: { token: old.refreshToken },
    })
    const again = await rejection(refreshSession(old, soon()))
    expect([rejectionStatus(again), rejectionReason(again)]).toEqual([403, INVALID_TOKEN_REASON])
    expect(await fetchAccountBoxes(fresh.token, soon())).toEqual([])
  })

  it('creates and changes a box', async () => {
    const token = await jwt()
    const made = await createBox(token, NEW_BOX, soon())
    expect(last()).toMatchObject({
      method: 'POST',
      path: '/boxes',
      headers: { authorization: `Bearer ${token}` },
      body: { ...NEW_BOX, sensors: [{ id: '0', ...CO2 }] },
    })
    const { description: _text, location: _location, ...known } = NEW_BOX
    const { icon: _icon, ...co2 } = CO2
    expect(made).toEqual({
      ...{ ...known, _id: expect.any(String), sensors: [{ ...co2, _id: expect.any(String) }] },
      ...{ currentLocation: { coordinates: NEW_BOX.location }, useAuth: false },
      access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const change = { exposure: 'outdoor', grouptag: ['other'], weblink: 'https://a.example/', sensors: [TEMPERATURE] }
    const changed = await changeBox(token, made._id, change, soon())
    expect(changed).toMatchObject({ _id: made._id, exposure: 'outdoor', grouptag: ['other'], weblink: change.weblink })
    expect(changed.sensors).toMatchObject([made.sensors[0] ?? {}, { title: 'temperature', unit: '°C' }])
    expect(last()).toMatchObject({
      method: 'PUT',
      path: `/boxes/${made._id}`,
      headers: { authorization: `Bearer ${token}` },
    })
    expect(last().body).toEqual({ ...change, sensors: [{ new: true, edited: true, ...TEMPERATURE }] })
    await changeBox(token, made._id, { exposure: 'mobile' }, soon())
    expect(last().body).toEqual({ exposure: 'mobile' })
    expect(osem.boxes.get(made._id)).toMatchObject({ exposure: 'mobile', sensors: [CO2, TEMPERATURE] })
  })

  it('numbers the sensors of a new box', async () => {
    await createBox(await jwt(), { ...NEW_BOX, sensors: [CO2, TEMPERATURE] }, soon())
    expect(last().body).toHaveProperty('sensors', [
      { id: '0', ...CO2 },
      { id: '1', ...TEMPERATURE },
    ])
  })

  it('stores measurements, with the access token only if the box requires it', async () => {
    const { sensors, ...box } = osem.addBox({ name: 'a', sensors: [CO2] })
    const csv = `${sensors[0]?._id},612.5,${TIME}\n${sensors[0]?._id},613,${TIME},9.05,48.52,340`
    expect(await postMeasurements(box, csv, soon())).toBe('Measurements saved in box')
    expect(last()).toMatchObject({ method: 'POST', path: `/boxes/${box._id}/data`, text: csv })
    expect(last().headers['content-type']).toBe('text/csv')
    expect(last().headers).not.toHaveProperty('authorization')
    expect(osem.measurements).toMatchObject([{ value: '612.5' }, { value: '613', location: [9.05, 48.52, 340] }])
    Object.assign(osem.boxes.get(box._id) ?? {}, { useAuth: true })
    await postMeasurements({ ...box, useAuth: true }, csv, soon())
    expect(last().headers['authorization']).toBe(box.access_token)
    const { access_token: _token, ...tokenless } = { ...box, useAuth: true }
    for (const without of [box, tokenless]) {
      const refused = await rejection(postMeasurements(without, csv, soon()))
      expect([rejectionStatus(refused), rejectionReason(refused)]).toEqual([401, undefined])
    }
    expect(osem.measurements).toHaveLength(4)
  })

  it('returns a public box with its last measurements and without secrets', async () => {
    const { _id, sensors } = osem.addBox({ name: 'a', own: false, location: [1, 2], sensors: [CO2, TEMPERATURE] })
    const [co2] = sensors
    await postMeasurements({ _id }, `${co2?._id},1,${TIME}`, soon())
    const { icon: _one, ...first } = CO2
    const { icon: _other, ...second } = TEMPERATURE
    expect(await fetchPublicBox(_id, soon())).toEqual({
      ...{ _id, name: 'a', exposure: 'indoor', currentLocation: { coordinates: [1, 2] } },
      sensors: [
        { ...first, _id: co2?._id, lastMeasurement: { createdAt: TIME } },
        { ...second, _id: sensors[1]?._id },
      ],
    })
    expect(last()).toMatchObject({ method: 'GET', path: `/boxes/${_id}` })
    expect(last().headers).not.toHaveProperty('authorization')
    expect(rejectionStatus(await rejection(fetchPublicBox('5eb1c0ffee0123456789abcd', soon())))).toBe(404)
  })

  it.each([0, 1, 2, 3, 4, 6, 7])('lists all %d boxes of the account from all pages', async (count) => {
    osem.addBox({ name: 'not ours', own: false })
    const made = Array.from({ length: count }, (_, index) => osem.addBox({ name: `box ${index}`, sensors: [CO2] }))
    const token = await jwt()
    osem.calls.length = 0
    const found = await fetchAccountBoxes(token, soon())
    expect(ids(found)).toEqual(ids(made))
    const pages = generation === 'successor' ? 1 : Math.max(Math.ceil(count / 3), 1)
    expect(osem.calls.map(({ query }) => query.get('page')).toSorted()).toEqual(
      Array.from({ length: pages }, (_, page) => String(page)),
    )
    for (const { method, path, headers } of osem.calls) {
      expect([method, path, headers['authorization']]).toEqual(['GET', '/users/me/boxes', `Bearer ${token}`])
    }
  })

  it.each<[string, () => Promise<unknown>]>([
    ['own boxes', () => fetchAccountBoxes('bad', soon())],
    ['creating a box', () => createBox('bad', NEW_BOX, soon())],
    ['changing a box', () => changeBox('bad', '5eb1c0ffee0123456789abcd', {}, soon())],
  ])('returns the reason for a rejected JWT: %s', async (_what, run) => {
    const refused = await rejection(run())
    expect([rejectionStatus(refused), rejectionReason(refused)]).toEqual([403, INVALID_TOKEN_REASON])
    expect(JSON.stringify(refused)).not.toContain('Invalid JWT')
  })

  it('returns only the status of other rejections', async () => {
    const token = await jwt()
    const strange = osem.addBox({ name: 'x', own: false, sensors: [CO2] })
    const runs = [
      signIn('Latchkey', 'wrong', soon()),
      changeBox(token, strange._id, {}, soon()),
      changeBox(token, '5eb1c0ffee0123456789abcd', {}, soon()),
      createBox(token, { ...NEW_BOX, exposure: 'somewhere' }, soon()),
      postMeasurements(strange, `${strange.sensors[0]?._id},x,${TIME}`, soon()),
    ]
    const refused = await Promise.all(runs.map(rejection))
    const invalid = generation === 'classic' ? 422 : 400
    expect(refused.map(rejectionStatus)).toEqual([403, 403, 404, invalid, 422])
    expect(refused.map(rejectionReason)).toEqual(Array(5).fill(undefined))
    expect(refused.map(({ facts }) => facts?.['operation'])).toEqual([
      ...['sign-in', 'change-box', 'change-box', 'create-box', 'measurements'],
    ])
  })

  it('returns the retry delay of a rate limit', async () => {
    const token = await jwt()
    osem.rateLimit = { posts: 0, windowMs: 60_000, header: 'X-Ratelimit-Retry-After', wait: () => '12.5s' }
    expect(rateLimitedMs(await rejection(createBox(token, NEW_BOX, soon())))).toBe(13_000)
    expect(osem.boxes.size).toBe(0)
  })
})

describe('a rate limit of openSenseMap', () => {
  const inHalfAMinute = () => new Date(Date.now() + 30_000).toUTCString()
  it.each([
    ['Retry-After', '17', 17],
    ['retry-after', '0', 1],
    ['X-Ratelimit-Retry-After', '12.5s', 13],
    ['X-Ratelimit-Retry-After', '800ms', 1],
    ['X-RateLimit-RetryAfter', '2500ms', 3],
    ['Retry-After', '2m', 120],
    ['Retry-After', '9999999s', 30],
    ['Retry-After', '999999', 3_600],
    ['Retry-After', 'soon', 30],
    ['Retry-After', '', 30],
    ['X-Ratelimit-Reset', '17', 30],
    ['Retry-After-Not', '17', 30],
  ])('waits after %s: %s for %d seconds', async (name, value, seconds) => {
    osem.plan = () => ({ status: 429, body: 'Too Many Requests', headers: { [name]: value } })
    const often = await rejection(postMeasurements({ _id: 'a' }, 'x', soon()))
    expect(often).toMatchObject({ code: 'provider_unavailable', facts: { status: 429, operation: 'measurements' } })
    expect(rateLimitedMs(often)).toBe(seconds * 1_000)
    expect(osem.calls).toHaveLength(1)
  })

  it('accepts a date in Retry-After', async () => {
    osem.plan = () => ({ status: 429, body: 'Too Many Requests', headers: { 'Retry-After': inHalfAMinute() } })
    const often = rateLimitedMs(await rejection(postMeasurements({ _id: 'a' }, 'x', soon()))) ?? 0
    expect(often).toBeGreaterThan(27_000)
    expect(often).toBeLessThanOrEqual(30_000)
  })

  it('is not a rejection, and other statuses are not a rate limit', async () => {
    osem.plan = () => ({ status: 429 })
    expect(rejectionStatus(await rejection(postMeasurements({ _id: 'a' }, 'x', soon())))).toBeUndefined()
    for (const status of [403, 503]) {
      osem.plan = () => ({ status, headers: { 'retry-after': '5' } })
      expect(rateLimitedMs(await rejection(postMeasurements({ _id: 'a' }, 'x', soon())))).toBeUndefined()
    }
    expect(rateLimitedMs(new Error('429'))).toBeUndefined()
  })
})

describe('a rejection by openSenseMap', () => {
  it.each([
    ['Invalid JWT authorization. Please sign in to obtain new JWT.', INVALID_TOKEN_REASON],
    ['invalid jwt', INVALID_TOKEN_REASON],
    ['Refresh token invalid or too old. Please sign in with your username and password.', INVALID_TOKEN_REASON],
    ['PLEASE SIGN IN', INVALID_TOKEN_REASON],
    ['User and or password not valid!', undefined],
    ['User does not own this senseBox', undefined],
    ['jwts', undefined],
    ['', undefined],
    [7, undefined],
    [undefined, undefined],
  ])('with the message %j has the reason %s', async (message, reason) => {
    osem.plan = () => ({ status: 403, body: { code: 12_345, message } })
    const refused = await rejection(fetchPublicBox('a', soon()))
    expect([rejectionStatus(refused), rejectionReason(refused)]).toEqual([403, reason])
  })

  it.each<FakeFault>(['garbage', { status: 403, body: 'Invalid JWT' }, { status: 403, body: [] }, 'endless'])(
    'with an invalid body (%j) has only its status',
    async (fault) => {
      osem.plan = () => fault
      const refused = await rejection(changeBox('bad', '5eb1c0ffee0123456789abcd', {}, soon()))
      expect([rejectionStatus(refused), rejectionReason(refused)]).toEqual([403, undefined])
    },
  )
})

describe('a call to openSenseMap', () => {
  const box = { _id: '5eb1c0ffee0123456789abcd' }
  const writes: [string, () => Promise<unknown>][] = [
    ['sign-in', () => session()],
    ['refresh-auth', () => refreshSession({ token: 'x', refreshToken: 'y' }, soon())],
    ['create-box', () => createBox('x', NEW_BOX, soon())],
    ['change-box', () => changeBox('x', box._id, {}, soon())],
    ['measurements', () => postMeasurements(box, 'x', soon())],
  ]
  it.each(writes)('%s is not retried after any fault', async (operation, run) => {
    for (const fault of ['never arrives', 'answer lost', { status: 503 }, { status: 500 }] satisfies FakeFault[]) {
      osem.calls.length = 0
      osem.plan = () => fault
      expect(await rejection(run())).toMatchObject({
        code: 'provider_unavailable',
        facts: { provider: 'openSenseMap', operation },
      })
      expect(osem.calls).toHaveLength(1)
    }
  })

  it.each<[string, () => Promise<unknown>]>([
    ['own-boxes', async () => fetchAccountBoxes(await jwt(), soon())],
    ['box', () => fetchPublicBox(osem.addBox({ name: 'a' })._id, soon())],
  ])('%s is retried', async (_operation, run) => {
    let failures = 0
    osem.plan = ({ method }) => (method === 'GET' && ++failures === 1 ? { status: 503 } : undefined)
    await run()
    expect(failures).toBe(2)
  })

  it.each(writes)('%s rejects an invalid response', async (operation, run) => {
    for (const body of ['', 'null', '"saved"', '<html>', '[]', '{}', '{"data":{}}', '{"_id":"a","name":"b"}']) {
      osem.plan = () => ({ status: 200, body })
      expect(await rejection(run())).toMatchObject({ code: 'provider_answer_invalid', facts: { operation } })
    }
  })

  it.each([
    [60_000, 10_000],
    [10_001, 10_000],
    [9_999, 9_999],
  ])('with %d ms left has a time limit of %d ms', async (ms, most) => {
    setTimeBudgets({ openSenseMapCallMs: 10_000 })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await fetchPublicBox(osem.addBox({ name: 'a' })._id, Date.now() + ms)
    expect(vi.mocked(callProvider).mock.lastCall?.[0].deadline).toBe(Date.now() + most)
    vi.useRealTimers()
  })

  it('is not sent after its deadline', async () => {
    expect(await rejection(fetchPublicBox('a', Date.now()))).toMatchObject({ code: 'provider_timeout' })
    expect(osem.calls).toEqual([])
  })

  it('rejects a session whose tokens are invalid in a header', async () => {
    for (const more of [{ token: 'a b' }, { token: '' }, { refreshToken: '' }, { refreshToken: 'x'.repeat(4_097) }]) {
      osem.plan = () => ({ status: 200, body: { token: 'a', refreshToken: 'b', ...more } })
      expect(await rejection(session())).toMatchObject({ code: 'provider_answer_invalid' })
    }
    osem.plan = () => ({ status: 200, body: { token: 'a', refreshToken: 'x'.repeat(4_096) } })
    expect(await session()).toHaveProperty('token', 'a')
  })
})

describe('a list of boxes', () => {
  const good = { _id: 'good', name: 'a', sensors: [{ _id: 's', title: 't', unit: 'u' }] }
  const listing = (boxes: unknown, more: object = {}) => {
    osem.plan = () => ({ status: 200, body: { code: 'Ok', data: { boxes, boxes_count: 1, ...more } } })
    return fetchAccountBoxes('jwt', soon())
  }

  it.each([
    ...[null, 7, 'x', [], {}, { ...good, _id: undefined }, { ...good, _id: '' }, { ...good, _id: '../users' }],
    ...[
      { ...good, _id: 'x'.repeat(65) },
      { ...good, name: 7 },
      { ...good, sensors: null },
      { ...good, sensors: [{}] },
    ],
    { ...good, sensors: [{ ...good.sensors[0], _id: 'a b' }] },
  ])('omits an invalid entry: %j', async (broken) => {
    expect(await listing([broken, good, broken])).toEqual([good])
  })

  it.each([
    { grouptag: 'text' },
    { grouptag: null },
    { currentLocation: { coordinates: [] } },
    { currentLocation: { coordinates: [1] } },
    { currentLocation: { coordinates: [1, 2, 3, 4] } },
    { currentLocation: { coordinates: ['1', '2'] } },
    { currentLocation: null },
    { useAuth: 'true' },
    { access_token: 'a b' },
    { access_token: 7 },
    { icon: 7, createdAt: [] },
  ])('omits invalid optional fields of an entry: %j', async (more) => {
    const [found] = await listing([{ ...good, ...more }])
    expect(JSON.parse(JSON.stringify(found))).toEqual(good)
  })

  it.each(['x', 7, [], {}, { createdAt: 7 }, { createdAt: null }])(
    'distinguishes an invalid last measurement (%j) from a missing one',
    async (lastMeasurement) => {
      const [found] = await listing([{ ...good, sensors: [{ ...good.sensors[0], lastMeasurement }] }])
      const createdAt = found?.sensors[0]?.lastMeasurement?.createdAt
      expect(createdAt).toEqual(expect.any(String))
      expect(Date.parse(createdAt ?? '')).toBeNaN()
    },
  )

  it('contains the fields that can be null', async () => {
    const empty = { ...good.sensors[0], sensorType: null, lastMeasurement: null }
    const nulls = { ...good, exposure: null, weblink: null, sensors: [empty] }
    expect(await listing([nulls])).toEqual([nulls])
  })

  it('contains each box once, with its latest values', async () => {
    expect(await listing([good, { ...good, name: 'b' }, { ...good, _id: 'other' }])).toEqual([
      { ...good, name: 'b' },
      { ...good, _id: 'other' },
    ])
  })

  it('has one page without a count or without boxes', async () => {
    expect(await listing([good], { boxes_count: undefined })).toEqual([good])
    expect(await listing([], { boxes_count: 99 })).toEqual([])
    expect(osem.calls).toHaveLength(2)
  })

  it('has at most 1,000 pages', async () => {
    await listing([good], { boxes_count: 1_000 })
    expect(osem.calls).toHaveLength(1_000)
    expect(new Set(osem.calls.map(({ query }) => query.get('page'))).size).toBe(1_000)
    osem.calls.length = 0
    expect(await rejection(listing([good], { boxes_count: 1_001 }))).toMatchObject({
      code: 'provider_answer_invalid',
      facts: { operation: 'own-boxes' },
    })
    expect(osem.calls).toHaveLength(1)
  })

  it('is rejected above its size limit', async () => {
    const token = await jwt()
    const description = 'x'.repeat(15_900_000)
    expect(await listing([{ ...good, description }])).toEqual([good])
    await expect(listing([{ ...good, description: `${description}${'x'.repeat(100_000)}` }])).rejects.toMatchObject({
      code: 'provider_answer_invalid',
    })
    osem.plan = () => 'endless'
    expect(await rejection(fetchAccountBoxes(token, soon()))).toMatchObject({ code: 'provider_answer_invalid' })
  })

  it.each([{ boxes: null }, { boxes: {} }, { boxes_count: -1 }, { boxes_count: 1.5 }, { boxes_count: '1' }])(
    'is rejected with %j',
    async (more) => {
      expect(await rejection(listing([good], more))).toMatchObject({ code: 'provider_answer_invalid' })
    },
  )

  it('is rejected if one of its pages fails', async () => {
    for (let index = 0; index < 4; index += 1) osem.addBox({ name: 'a', sensors: [CO2] })
    const token = await jwt()
    osem.plan = ({ query }) => (query.get('page') === '1' ? { status: 500 } : undefined)
    expect(await rejection(fetchAccountBoxes(token, soon()))).toMatchObject({ facts: { status: 500 } })
  })
})

describe('the response to a created or changed box', () => {
  const good = { _id: 'good', name: 'a', sensors: [{ _id: 's', title: 't', unit: 'u' }] }
  it.each([
    ['bare', good],
    ['wrapped', { data: good }],
    ['wrapped, with a message', { message: 'Box successfully created', data: { ...good, more: 1 } }],
    ['bare, with its own data field', { ...good, data: {} }],
  ])('is accepted %s', async (_how, body) => {
    osem.plan = () => ({ status: 201, body })
    expect(await createBox('jwt', NEW_BOX, soon())).toEqual(good)
    expect(await changeBox('jwt', 'good', {}, soon())).toEqual(good)
  })
})

describe('the response to measurements', () => {
  it.each(['Measurements saved in box', '"Measurements saved in box"', 'measurement SAVED IN BOX.'])(
    'is accepted with the text %j',
    async (body) => {
      osem.plan = () => ({ status: 201, body })
      expect(await postMeasurements({ _id: 'a' }, 'x', soon())).toMatch(/saved in box/i)
    },
  )
})
