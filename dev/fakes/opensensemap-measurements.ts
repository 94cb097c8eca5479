import type { FakeCall, FakeReply } from './fake.ts'
import type { FakeBox } from './opensensemap-boxes.ts'
import {
  coordinatesOf,
  FakeRefusal,
  isId,
  membersOf,
  missingParameter,
  numberParameter,
  type Parameters,
  requireReadable,
  textOf,
} from './opensensemap-requests.ts'

export interface FakeMeasurement {
  box: string
  sensor: string
  value: string
  createdAt: string
  location?: number[]
}

/** A measurement as it was sent. */
interface Sent {
  sensor_id: unknown
  value: unknown
  createdAt?: unknown
  location?: unknown
}

const MOST = 2_500
const MINUTE = 60_000

export function requireBoxToken({ useAuth, access_token }: FakeBox, { headers }: FakeCall, isSuccessor: boolean): void {
  const given = [headers['authorization'], isSuccessor ? headers['x-osem-device-api-key'] : undefined]
  if (useAuth && !given.includes(access_token)) {
    throw new FakeRefusal(401, `${isSuccessor ? 'Device' : 'Box'} access token not valid!`)
  }
}

/** The classic API answers a JSON text, its successor a plain one. */
export function saved(text: string, isSuccessor: boolean): FakeReply {
  const type = isSuccessor ? 'text/plain' : 'application/json'
  const headers = { 'content-type': `${type}; charset=utf-8` }
  return { status: 201, body: isSuccessor ? text : JSON.stringify(text), headers }
}

/** POST /boxes/:id/data. The byte formats are left out: nobody here sends them. */
export function batchOf(box: FakeBox, call: FakeCall, isSuccessor: boolean): FakeMeasurement[] {
  const sent = decoded(call, isSuccessor)
  if (sent.length === 0) throw new FakeRefusal(422, 'Cannot save empty or invalid measurements.')
  if (sent.length > MOST && !isSuccessor) {
    throw new FakeRefusal(422, `Too many measurements. Please submit at most ${MOST} measurements at once.`)
  }
  const now = Date.now()
  const batch = sent.map((each) => checked(box, each, now, isSuccessor))
  const stranger = batch.find(({ sensor }) => !box.sensors.some(({ _id }) => _id === sensor))
  if (stranger) {
    const text = `Measurement for sensor with id ${stranger.sensor} does not belong to box`
    throw new FakeRefusal(isSuccessor ? 500 : 400, text)
  }
  return batch
}

/** POST /boxes/:id/:sensorId */
export function singleOf(box: FakeBox, sensor: string, wish: Parameters, isSuccessor: boolean): FakeMeasurement {
  if (wish['value'] === undefined) throw missingParameter('value')
  if (isSuccessor && typeof wish['value'] !== 'number') throw new FakeRefusal(422, 'Invalid measurement value')
  const sent = { sensor_id: sensor, value: textOf(wish, 'value'), createdAt: textOf(wish, 'createdAt') }
  const measurement = checked(box, { ...sent, location: wish['location'] }, Date.now(), isSuccessor)
  if (box.sensors.some(({ _id }) => _id === sensor)) return measurement
  throw new FakeRefusal(404, `Sensor not found: Sensor ${sensor} of box ${box._id} not found`)
}

export function overview(boxes: ReadonlyMap<string, FakeBox>, measurements: readonly FakeMeasurement[]): object {
  const shown = [...boxes.values()].map(({ name, exposure, grouptag, weblink, currentLocation, sensors }) => ({
    name,
    exposure,
    grouptag,
    weblink,
    position: currentLocation.coordinates,
    sensors: sensors.map(({ _id, ...sensor }) => sensor),
  }))
  return { boxes: shown, measurements: measurements.length }
}

/** Every sensor remembers the newest of this batch, even if an older batch had a newer one. */
export function store(all: FakeMeasurement[], box: FakeBox, batch: readonly FakeMeasurement[]): void {
  all.push(...batch)
  const byAge = batch.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
  for (const { sensor: id, value, createdAt } of byAge) {
    const sensor = box.sensors.find(({ _id }) => _id === id)
    if (sensor) sensor.lastMeasurement = { value, createdAt }
    box.lastMeasurementAt = createdAt
  }
  const place = byAge.findLast(({ location }) => location)
  const { coordinates, timestamp } = box.currentLocation
  if (!place?.location || Date.parse(place.createdAt) <= Date.parse(timestamp)) return
  if (String(place.location) === String(coordinates)) return
  box.currentLocation = { type: 'Point', coordinates: place.location, timestamp: place.createdAt }
}

function decoded({ headers, body, text }: FakeCall, isSuccessor: boolean): Sent[] {
  // Nobody has confirmed that the classic API takes CSV whose type has parameters: here it does not.
  const type = headers['content-type'] ?? ''
  if (isSuccessor ? type.includes('csv') : /^(text\/)?csv$/i.test(type)) return fromCsv(text)
  if (isSuccessor ? !type.includes('json') : !/^(application\/)?json(; *charset=utf-8)?$/i.test(type)) {
    throw new FakeRefusal(415, 'Unsupported content-type.')
  }
  requireReadable(body, text)
  return Array.isArray(body) ? body.map(fromItem) : Object.entries(membersOf(body)).map(fromMember)
}

function fromCsv(text: string): Sent[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const fields = line.split(',').map((field) => field.trim())
    if (fields.length < 2 || fields.length > 6) throw new FakeRefusal(422, `illegal line '${fields.join(',')}'`)
    const [sensor_id, value, createdAt, lng, lat, height] = fields
    return { sensor_id, value, createdAt, location: lat === undefined ? undefined : { lng, lat, height } }
  })
}

function fromItem(item: unknown): Sent {
  const { sensor, sensor_id = sensor, value, createdAt, location } = membersOf(item)
  return { sensor_id, value, createdAt, location }
}

function fromMember([sensor_id, given]: [string, unknown]): Sent {
  if (!Array.isArray(given)) return { sensor_id, value: given }
  const [value, createdAt, location]: unknown[] = given
  if (given.length >= 1 && given.length <= 3) return { sensor_id, value, createdAt, location }
  throw new FakeRefusal(422, `Array for sensorID '${sensor_id}' has an illegal length`)
}

function checked(box: FakeBox, sent: Sent, now: number, isSuccessor: boolean): FakeMeasurement {
  const refuse = (text: string, status = 422) =>
    new FakeRefusal(status, `${text} in measurement ${JSON.stringify(sent)}`)
  const sensor = String(sent.sensor_id ?? '').trim()
  if (sensor === '') throw refuse('Missing sensor id')
  if (!isId(sensor)) throw refuse('Invalid sensor id')
  if (sent.value === undefined || sent.value === '') throw refuse('Missing value')
  if (numberParameter(sent.value) === undefined) throw refuse('Invalid value')
  const created = isSuccessor ? lenientTime(sent.createdAt, now) : strictTime(sent.createdAt, now)
  if (created === undefined) throw refuse(`Invalid timestamp '${sent.createdAt}'.`, isSuccessor ? 500 : 422)
  const createdAt = new Date(created).toISOString()
  if (created > now + MINUTE) throw refuse(`Timestamp ${createdAt} is too far into the future.`)
  const measurement = { box: box._id, sensor, value: String(sent.value).trim(), createdAt }
  if (!sent.location) return measurement
  const location = coordinatesOf(sent.location)
  if (typeof location === 'string') throw refuse(location)
  return { ...measurement, location }
}

/**
 * Milliseconds since 1970. Up to three digits after the point are taken for a number of milliseconds, more of them for
 * nanoseconds: only three digits come out as they were meant.
 */
function timeOf(text: string): number | undefined {
  const [, whole, fraction = '0'] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text.toUpperCase()) ?? []
  const start = Date.parse(`${whole}Z`)
  if (whole === undefined || Number.isNaN(start) || !new Date(start).toISOString().startsWith(whole)) return undefined
  const milliseconds = fraction.length > 3 ? Math.trunc(Number(fraction) / 1e6) : Number(fraction)
  return milliseconds > 999 ? undefined : start + milliseconds
}

const strictTime = (given: unknown, now: number) => (given === undefined ? now : timeOf(String(given)))

/** The successor takes whatever its language understands. */
function lenientTime(given: unknown, now: number): number | undefined {
  const time = given ? Date.parse(String(given)) : now
  return Number.isNaN(time) ? undefined : time
}
