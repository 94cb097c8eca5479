// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FakeBox, type FakeOpenSenseMap, startFakeOpenSenseMap } from '../../../dev/fakes/opensensemap.ts'

const NOW = '2026-05-03T12:00:00.000Z'
const STRANGE = '5eb1c0ffee0123456789abcd'
const INVALID_JWT = 'Invalid JWT authorization. Please sign in to obtain new JWT.'
const TOO_OLD = 'Refresh token invalid or too old. Please sign in with your username and password.'
const CO2 = { title: 'co2', unit: 'ppm', sensorType: 'scd30', icon: 'osem-not-available' }
const NEW_BOX = { name: 'a box', exposure: 'indoor', location: [9.05, 48.52], sensors: [CO2] }

let osem: FakeOpenSenseMap
let box: FakeBox
let sensor: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) })
  osem = await startFakeOpenSenseMap()
  osem.rateLimit.posts = 1_000
  box = osem.addBox({ name: 'first', sensors: [CO2, { title: 'temperature', unit: '°C' }] })
  sensor = box.sensors[0]?._id ?? ''
})

afterEach(async () => {
  vi.useRealTimers()
  await osem.stop()
})

interface Sent {
  body?: unknown
  type?: string
  authorization?: string | undefined
  headers?: Record<string, string>
}

async function send(method: string, path: string, { body, type, authorization, headers }: Sent = {}) {
  const answer = await fetch(osem.url + path, {
    method,
    headers: { 'content-type': type ?? 'application/json', ...(authorization && { authorization }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : undefined }
}

const signIn = async (email = osem.settings['SENSEMAP_EMAIL'], password = osem.settings['SENSEMAP_PASSWORD']) =>
  (await send('POST', '/users/sign-in', { body: { email, password } })).body
const bearer = async () => `Bearer ${(await signIn()).token}`
const refresh = (token: string, authorization?: string) =>
  send('POST', '/users/refresh-auth', { body: { token }, authorization })
const csv = (body: string, more: Sent = {}) =>
  send('POST', `/boxes/${box._id}/data`, { body, type: 'text/csv', ...more })
const json = (body: unknown) => send('POST', `/boxes/${box._id}/data`, { body })
const single = (body: unknown, id = sensor) => send('POST', `/boxes/${box._id}/${id}`, { body })
const errorReply = (status: number, code: string, message: string | RegExp) => ({
  status,
  body: { code, message: message instanceof RegExp ? expect.stringMatching(message) : message },
})

describe('signing in', () => {
  it('returns a JWT for an hour and a refresh token', async () => {
    const { token, refreshToken, ...rest } = await signIn()
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
    expect(claims).toMatchObject({ role: 'user', sub: osem.settings['SENSEMAP_EMAIL'], exp: claims.iat + 3_600 })
    expect(claims.iat).toBe(Date.parse(NOW) / 1000)
    expect(Buffer.from(refreshToken, 'base64')).toHaveLength(32)
    const user = { role: 'user', language: 'en_US', boxes: [box._id], emailIsConfirmed: true }
    expect(rest).toMatchObject({ code: 'Authorized', message: 'Successfully signed in', data: { user } })
  })

  it('accepts the exact name, and the e-mail address in any case', async () => {
    expect(await signIn('Latchkey')).toHaveProperty('token')
    expect(await signIn(osem.settings['SENSEMAP_EMAIL']?.toUpperCase())).toHaveProperty('token')
    expect(await signIn('latchkey')).not.toHaveProperty('token')
  })

  it.each([
    [{ email: 'x', password: 'y' }, 403, 'Forbidden', 'User and or password not valid!'],
    [{ email: 'x' }, 400, 'BadRequest', 'missing required parameter password'],
    [{ email: ['x', 'y'] }, 400, 'BadRequest', 'Parameter email must only be specified once'],
    ['{', 400, 'InvalidContent', 'Invalid JSON'],
  ])('rejects %j', async (body, status, code, message) => {
    expect(await send('POST', '/users/sign-in', { body })).toMatchObject(errorReply(status, code, message))
  })

  it('refreshes once, with the newest refresh token only, and revokes the old JWT', async () => {
    const before = (await signIn()).refreshToken
    const second = await signIn()
    expect(await refresh(before)).toMatchObject(errorReply(403, 'Forbidden', TOO_OLD))
    const both = await Promise.all([refresh(second.refreshToken), refresh(second.refreshToken)])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 403])
    const authorization = `Bearer ${second.token}`
    expect(await send('GET', '/users/me', { authorization })).toMatchObject(errorReply(403, 'Forbidden', INVALID_JWT))
    const token = both.find(({ status }) => status === 200)?.body.token
    expect(await send('GET', '/users/me', { authorization: `Bearer ${token}` })).toHaveProperty('status', 200)
  })

  it('rejects a refresh token after a week', async () => {
    const { refreshToken } = await signIn()
    vi.setSystemTime(Date.parse(NOW) + 7 * 86_400_000)
    expect(await refresh(refreshToken)).toHaveProperty('status', 403)
  })

  it('expires after an hour, or when a test expires it', async () => {
    const { token, refreshToken } = await signIn()
    const me = (authorization: string) => send('GET', '/users/me', { authorization })
    expect(await me(`Bearer ${token}`)).toMatchObject({
      status: 200,
      body: { code: 'Ok', data: { me: { role: 'user' } } },
    })
    expect(await me(`bearer ${token}`)).toHaveProperty('status', 403)
    vi.setSystemTime(Date.parse(NOW) + 3_600_000)
    expect(await me(`Bearer ${token}`)).toHaveProperty('status', 403)
    const fresh = (await refresh(refreshToken)).body
    osem.expireTokens()
    expect(await me(`Bearer ${fresh.token}`)).toHaveProperty('status', 403)
    const last = await refresh(fresh.refreshToken)
    osem.expireTokens(true)
    expect([last.status, (await refresh(last.body.refreshToken)).status]).toEqual([200, 403])
  })
})

describe('boxes', () => {
  it('are public without their secrets, and are listed with them page by page', async () => {
    for (const name of ['2', '3', '4']) osem.addBox({ name })
    osem.addBox({ own: false })
    const found = (await send('GET', `/boxes/${box._id}`)).body
    expect(found).toMatchObject({ _id: box._id, name: 'first', loc: [{ type: 'Feature' }] })
    for (const secret of ['access_token', 'useAuth', 'integrations', 'own']) expect(found).not.toHaveProperty(secret)
    const authorization = await bearer()
    const page = async (n: string) => (await send('GET', `/users/me/boxes${n}`, { authorization })).body.data
    expect(await page('')).toMatchObject({ boxes_count: 4, boxes: [{ name: 'first', useAuth: false }, {}, {}] })
    expect((await page('?page=1')).boxes).toMatchObject([
      { name: '4', access_token: expect.stringMatching(/^\w{64}$/) },
    ])
    osem.generation = 'successor'
    expect((await page('?page=1')).boxes).toHaveLength(4)
  })

  it.each([
    ['GET', '/boxes/1', errorReply(422, 'UnprocessableEntity', 'Parameter boxId is not parseable as datatype id')],
    ['GET', '/boxes/00112233445566778899aabb', errorReply(422, 'UnprocessableEntity', /datatype id/)],
    ['GET', `/boxes/${STRANGE}`, errorReply(404, 'NotFound', 'Box not found')],
    ['PUT', `/boxes/${STRANGE}`, errorReply(403, 'Forbidden', INVALID_JWT)],
    ['POST', '/boxes', errorReply(403, 'Forbidden', INVALID_JWT)],
    ['GET', '/nowhere', errorReply(404, 'ResourceNotFound', /nowhere/)],
    ['PUT', '/users/me', errorReply(405, 'MethodNotAllowed', /PUT/)],
  ])('returns an error for %s %s', async (method, path, expected) => {
    expect(await send(method, path)).toMatchObject(expected)
  })

  it('are created without the weblink', async () => {
    const body = { ...NEW_BOX, location: { lng: 9.123456789, lat: 48.5, height: 340.12345 }, tag: 'a, b', weblink: 'x' }
    const made = await send('POST', '/boxes', { body: { ...body, useAuth: true }, authorization: await bearer() })
    expect(made).toMatchObject({ status: 201, body: { message: 'Box successfully created' } })
    const coordinates = [9.1234568, 48.5, 340.1235]
    const expected = { useAuth: true, grouptag: ['a', 'b'], currentLocation: { coordinates }, sensors: [CO2] }
    expect(made.body.data).toMatchObject({ ...expected, integrations: { mqtt: { enabled: false } }, model: 'custom' })
    expect(made.body.data).not.toHaveProperty('weblink')
    expect(osem.boxes.get(made.body.data._id)).toMatchObject({ name: 'a box', own: true })
  })

  it.each([
    [{ name: undefined }, 400, 'missing required parameter name'],
    [{ location: undefined }, 400, 'missing required parameter location'],
    [{ location: [181, 0] }, 422, /^Illegal value for parameter location\. /],
    [{ exposure: 'under water' }, 422, /^Illegal value for parameter exposure\. allowed values: unknown, indoor, /],
    [{ exposure: undefined }, 422, /exposure/],
    [{ useAuth: false }, 422, /useAuth/],
    [{ grouptag: '' }, 422, 'Parameter grouptag is not parseable as datatype array of String'],
    [{ model: 'homeWifi' }, 422, 'Parameters model and sensors cannot be specified at the same time.'],
    [{ sensors: undefined }, 422, 'Validation failed: sensors are required if model is invalid or missing.'],
    [{ sensors: [{ title: 'co2' }] }, 422, /unit/],
    [{ sensors: [5] }, 422, 'Parameter sensors is not parseable as datatype array of object'],
  ])('are not created with %j', async (fault, status, message) => {
    const answer = await send('POST', '/boxes', { body: { ...NEW_BOX, ...fault }, authorization: await bearer() })
    expect(answer).toMatchObject(errorReply(status, status === 400 ? 'BadRequest' : 'UnprocessableEntity', message))
    expect(osem.boxes.size).toBe(1)
  })

  it('are changed by their owner', async () => {
    const authorization = await bearer()
    const body = { name: 'new', grouptag: 'x,y', weblink: 'https://x.example', useAuth: 'true', location: [1, 2, 3] }
    const answer = await send('PUT', `/boxes/${box._id}`, { body, authorization })
    const expected = { ...body, grouptag: ['x', 'y'], useAuth: true, currentLocation: { coordinates: [1, 2, 3] } }
    const { location: _location, ...data } = expected
    expect(answer).toMatchObject({ status: 200, body: { code: 'Ok', data } })
    const emptied = await send('PUT', `/boxes/${box._id}`, { body: { grouptag: [], weblink: '' }, authorization })
    expect(emptied.body.data).not.toHaveProperty('grouptag')
    expect(emptied.body.data).not.toHaveProperty('weblink')
    const other = osem.addBox({ own: false })
    const stolen = await send('PUT', `/boxes/${other._id}`, { body, authorization })
    expect(stolen).toMatchObject(errorReply(403, 'Forbidden', 'User does not own this senseBox'))
    const text = await send('PUT', `/boxes/${box._id}`, { body: 'x', type: 'text/plain', authorization })
    expect(text).toMatchObject(
      errorReply(415, 'UnsupportedMediaType', 'Unsupported content-type. Try application/json'),
    )
  })

  it('add, change and remove sensors by flags', async () => {
    const authorization = await bearer()
    const put = (...sensors: object[]) => send('PUT', `/boxes/${box._id}`, { body: { sensors }, authorization })
    await csv(`${sensor},1\n${box.sensors[1]?._id},2`)
    const humidity = { title: 'humidity', unit: '%' }
    expect(
      (await put({ _id: sensor, title: 'ignored', unit: 'x' }, { ...humidity, edited: true, new: true })).status,
    ).toBe(200)
    expect(box.sensors).toMatchObject([{ title: 'co2', lastMeasurement: { value: '1' } }, {}, humidity])
    await put({ _id: sensor, edited: 'true', title: 'CO2', unit: '%' })
    expect(box.sensors[0]).toEqual({ _id: sensor, title: 'CO2', unit: '%' })
    await put({ _id: sensor, deleted: true })
    expect(osem.measurements.map(({ value }) => value)).toEqual(['2'])
    const unknown = (flag: string) =>
      errorReply(404, 'NotFound', new RegExp(`^Sensor with id ${sensor} not found for ${flag}`))
    expect(await put({ _id: sensor, edited: true, ...CO2 })).toMatchObject(unknown('editing'))
    expect(await put({ _id: sensor, deleted: true })).toMatchObject(unknown('deletion'))
    const all = box.sensors.map(({ _id }) => ({ _id, deleted: true }))
    expect(await put(...all)).toMatchObject(errorReply(400, 'BadRequest', /needs at least one sensor/))
    expect(box.sensors).toHaveLength(2)
  })
})

describe('measurements', () => {
  it('are accepted as CSV, and update the latest values of the box', async () => {
    const other = box.sensors[1]?._id
    const lines = [
      `${sensor}, 612 ,2026-05-03T11:59:00.000Z`,
      '',
      `${sensor},600,2026-05-03T11:58:00.000z`,
      `${other},21.40,2026-05-03T12:01:00.000Z,9.1,48.6,340\r`,
      `${other},21,2026-05-03T11:00:00.000Z,9.2,48.7`,
      `${other},20,2026-05-03T10:00:00.000Z,9.2`,
    ]
    expect(await csv(lines.join('\n'))).toMatchObject({ status: 201, text: '"Measurements saved in box"' })
    expect(osem.measurements).toMatchObject([
      { box: box._id, sensor, value: '612', createdAt: '2026-05-03T11:59:00.000Z' },
      { value: '600' },
      { value: '21.40', location: [9.1, 48.6, 340] },
      { value: '21', location: [9.2, 48.7] },
      { value: '20' },
    ])
    expect((await send('GET', `/boxes/${box._id}`)).body).toMatchObject({
      lastMeasurementAt: '2026-05-03T12:01:00.000Z',
      currentLocation: { coordinates: [9.1, 48.6, 340], timestamp: '2026-05-03T12:01:00.000Z' },
      sensors: [
        { lastMeasurement: { value: '612', createdAt: '2026-05-03T11:59:00.000Z' } },
        { lastMeasurement: { value: '21.40', createdAt: '2026-05-03T12:01:00.000Z' } },
      ],
    })
    await csv(`${sensor},5,2020-01-01T00:00:00.000Z,1,1`)
    expect(box.sensors[0]?.lastMeasurement).toEqual({ value: '5', createdAt: '2020-01-01T00:00:00.000Z' })
    expect(box.currentLocation.coordinates).toEqual([9.1, 48.6, 340])
  })

  it('are accepted as JSON, and are stored again when sent again', async () => {
    const array = [
      { sensor, value: 1, createdAt: NOW, location: { lng: 1, lat: 2 } },
      { sensor_id: sensor, value: '2' },
    ]
    for (const body of [array, array, { [sensor]: 3 }, { [sensor]: ['4'] }, { [sensor]: [5, NOW, [1, 2, 3]] }]) {
      expect((await json(body)).status).toBe(201)
    }
    expect(osem.measurements.map(({ value }) => value)).toEqual(['1', '2', '1', '2', '3', '4', '5'])
    expect(osem.measurements.map(({ location }) => location?.length)).toEqual([
      2,
      undefined,
      2,
      undefined,
      undefined,
      undefined,
      3,
    ])
    expect(new Set(osem.measurements.map(({ createdAt }) => createdAt))).toEqual(new Set([NOW]))
  })

  it.each([
    ['.1', '00.001'],
    ['.123', '00.123'],
    ['.123456', '00.000'],
    ['.123456789', '00.123'],
    ['', '00.000'],
  ])('with a fraction %j are stored with seconds %s', async (fraction, seconds) => {
    expect((await csv(`${sensor},1,2026-05-03T11:00:00${fraction}Z`)).status).toBe(201)
    expect(osem.measurements[0]?.createdAt).toBe(`2026-05-03T11:00:${seconds}Z`)
  })

  it.each([
    ['', /^Cannot save empty or invalid measurements\.$/],
    ['ID,1\n'.repeat(2_501), /^Too many measurements\. /],
    ['ID,1\n,2', /^Missing sensor id in measurement \{/],
    ['ID,1\nsensor,2', /^Invalid sensor id in measurement \{/],
    ['ID,1\nID,', /^Missing value in measurement \{/],
    ['ID,1\nID,12a', /^Invalid value in measurement \{/],
    ['ID', /^illegal line/],
    ['ID,1,2,3,4,5,6', /^illegal line/],
    ['ID,1,', /^Invalid timestamp ''\./],
    ['ID,1,2026-05-03', /^Invalid timestamp '2026-05-03'\./],
    ['ID,1,2026-05-03T11:00Z', /^Invalid timestamp/],
    ['ID,1,2026-05-03 11:00:00Z', /^Invalid timestamp/],
    ['ID,1,2026-05-03T11:00:00+02:00', /^Invalid timestamp/],
    ['ID,1,2026-5-3T11:00:00Z', /^Invalid timestamp/],
    ['ID,1,2026-02-30T11:00:00Z', /^Invalid timestamp/],
    ['ID,1,2026-05-03T12:01:00.001Z', /^Timestamp 2026-05-03T12:01:00.001Z is too far into the future\./],
    ['ID,1,2026-05-03T11:00:00Z,181,0', /out of bounds/],
    ['ID,1,2026-05-03T11:00:00Z,0,-91', /out of bounds/],
    ['ID,1,2026-05-03T11:00:00Z,x,0', /longitude/],
  ])('are all rejected when one is invalid: %.40j', async (lines, message) => {
    expect(await csv(lines.replaceAll('ID', sensor))).toMatchObject(errorReply(422, 'UnprocessableEntity', message))
    expect(osem.measurements).toEqual([])
    expect(box.lastMeasurementAt).toBeUndefined()
  })

  it('are accepted up to 2,500 per request', async () => {
    expect((await csv(`${sensor},1\n`.repeat(2_500))).status).toBe(201)
  })

  it('are rejected for sensors of other boxes', async () => {
    const text = `Measurement for sensor with id ${STRANGE} does not belong to box`
    expect(await csv(`${sensor},1\n${STRANGE},1`)).toMatchObject(errorReply(400, 'BadRequest', text))
    expect(await single({ value: 1 }, STRANGE)).toMatchObject(
      errorReply(404, 'NotFound', `Sensor not found: Sensor ${STRANGE} of box ${box._id} not found`),
    )
    expect(osem.measurements).toEqual([])
  })

  it('are accepted one by one', async () => {
    const saved = { status: 201, body: 'Measurement saved in box' }
    expect(await single({ value: '7', createdAt: NOW, location: [1, 2] })).toMatchObject(saved)
    expect(osem.measurements).toEqual([{ box: box._id, sensor, value: '7', createdAt: NOW, location: [1, 2] }])
    expect(await single({})).toMatchObject(errorReply(400, 'BadRequest', 'missing required parameter value'))
    expect(await single({ value: 'x' })).toMatchObject(errorReply(422, 'UnprocessableEntity', /^Invalid value/))
    expect(await single({ value: 1 }, 'x')).toMatchObject(errorReply(422, 'UnprocessableEntity', /sensorId/))
  })

  it.each([
    ['text/plain', 415],
    ['text/csv; charset=utf-8', 415],
    ['csv', 201],
  ])('of the type %s return %i', async (type, status) => {
    const answer = await csv(`${sensor},1`, { type })
    expect(answer.status).toBe(status)
    if (status === 415)
      expect(answer).toMatchObject(errorReply(415, 'UnsupportedMediaType', 'Unsupported content-type.'))
  })

  it('require the exact access token if the box uses authentication', async () => {
    const post = (authorization?: string) => csv(`${sensor},1`, { authorization })
    expect((await post('Bearer whatever')).status).toBe(201)
    box.useAuth = true
    const wrong = errorReply(401, 'Unauthorized', 'Box access token not valid!')
    for (const given of [undefined, `Bearer ${box.access_token}`, 'x']) expect(await post(given)).toMatchObject(wrong)
    expect((await post(box.access_token)).status).toBe(201)
  })

  it('are shown on the overview', async () => {
    await csv(`${sensor},1`)
    const sensors = [{ title: 'co2', unit: 'ppm', lastMeasurement: { value: '1' } }, { title: 'temperature' }]
    expect((await send('GET', '/')).body).toMatchObject({ measurements: 1, boxes: [{ name: 'first', sensors }] })
  })
})

describe('the rate limit', () => {
  it('limits POSTs under /boxes, and returns the time to wait', async () => {
    osem.rateLimit.posts = 2
    const post = () => csv(`${sensor},1`)
    await post()
    vi.setSystemTime(Date.parse(NOW) + 10_000)
    await post()
    expect((await signIn()).code).toBe('Authorized')
    const late = await post()
    expect([late.status, late.text, late.headers.get('retry-after')]).toEqual([429, 'Too Many Requests', '50'])
    osem.rateLimit = { ...osem.rateLimit, header: 'X-Ratelimit-Retry-After', wait: (seconds) => `${seconds}.5s` }
    expect((await post()).headers.get('x-ratelimit-retry-after')).toBe('50.5s')
    osem.generation = 'successor'
    expect((await post()).body).toMatchObject({ code: 'rate_limit_exceeded' })
    vi.setSystemTime(Date.parse(NOW) + 60_000)
    expect((await post()).status).toBe(201)
    expect((await post()).status).toBe(429)
  })
})

describe('the successor', () => {
  beforeEach(() => {
    osem.generation = 'successor'
  })

  it('returns boxes without an envelope, and plain text for measurements', async () => {
    const authorization = await bearer()
    const body = { ...NEW_BOX, sensors: [{ ...CO2, id: '0' }] }
    const made = await send('POST', '/boxes', { body, authorization })
    expect(made).toMatchObject({ status: 201, body: { name: 'a box', sensors: [CO2], useAuth: false } })
    const changed = await send('PUT', `/boxes/${made.body._id}`, { body: { name: 'b' }, authorization })
    expect(changed).toMatchObject({ status: 200, body: { _id: made.body._id, name: 'b' } })
    const answer = await csv(`${sensor},1,2026-05-03T13:00:00+02:00`, { type: 'text/csv; charset=utf-8' })
    expect(answer).toMatchObject({ status: 201, text: 'Measurements saved in box' })
    expect(answer.headers.get('content-type')).toMatch('text/plain')
    expect(osem.measurements).toMatchObject([{ createdAt: '2026-05-03T11:00:00.000Z' }])
    expect((await csv(`${sensor},1\n`.repeat(2_501))).status).toBe(201)
    expect((await single({ value: 5 })).text).toBe('Measurement saved in box')
  })

  it.each([
    [{ name: 'x'.repeat(101) }, 'name: '],
    [{ sensors: [CO2] }, 'sensors.0.id: '],
    [{ sensors: [{ id: '0', title: 'co2', unit: 'ppm' }] }, 'sensors.0.sensorType: '],
    [{ location: undefined }, 'location: '],
    [{ exposure: 'x' }, 'exposure: '],
  ])('creates no box with %.60j', async (fault, error) => {
    const body = { ...NEW_BOX, sensors: [], ...fault }
    const answer = await send('POST', '/boxes', { body, authorization: await bearer() })
    expect(answer).toMatchObject(errorReply(400, 'Bad Request', 'Invalid request data'))
    expect(answer.body.errors).toEqual([expect.stringContaining(error)])
  })

  it('requires the JWT to refresh', async () => {
    const { token, refreshToken } = await signIn()
    expect(await refresh(refreshToken)).toMatchObject(errorReply(403, 'Forbidden', TOO_OLD))
    vi.setSystemTime(Date.parse(NOW) + 3_600_000)
    expect((await refresh(refreshToken, `Bearer ${token}`)).body).toMatchObject({ code: 'Authorized' })
  })

  it('uses its own error codes and texts', async () => {
    const value = { ...errorReply(422, 'Unprocessable Content', 'Invalid measurement value') }
    expect(await single({ value: '5' })).toMatchObject(value)
    expect(await csv('x,1')).toMatchObject(errorReply(422, 'Unprocessable Content', /^Invalid sensor id/))
    expect(await csv(`${STRANGE},1`)).toMatchObject(errorReply(500, 'Internal Server Error', /does not belong to box/))
    expect(await csv(`${sensor},1,tomorrow`)).toMatchObject(errorReply(500, 'Internal Server Error', /timestamp/))
    expect((await csv('x', { type: 'text/plain' })).body).toHaveProperty('error', 'Unsupported Media Type')
    box.useAuth = true
    expect(await csv(`${sensor},1`)).toMatchObject(errorReply(401, 'Unauthorized', 'Device access token not valid!'))
    expect((await csv(`${sensor},1`, { headers: { 'x-osem-device-api-key': box.access_token } })).status).toBe(201)
  })
})
