import type { FakeCall, FakeReply } from './fake.ts'
import type { FakeBox } from './opensensemap-boxes.ts'
import {
  coordinatesOf,
  FakeError,
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

/** A measurement as received, not validated. */
interface RawMeasurement {
  sensor_id: unknown
  value: unknown
  createdAt?: unknown
  location?: unknown
}

const MAX_MEASUREMENTS = 2_500
const MINUTE = 60_000

export function requireBoxToken({ useAuth, access_token }: FakeBox, { headers }: FakeCall, isSuccessor: boolean): void {
  const tokens = [headers['authorization'], isSuccessor ? headers['x-osem-device-api-key'] : undefined]
  if (useAuth && !tokens.includes(access_token)) {
    throw new FakeError(401, `${isSuccessor ? 'Device' : 'Box'} access token not valid!`)
  }
}

/** The classic API responds with a JSON string, its successor with plain text. */
export function savedReply(text: string, isSuccessor: boolean): FakeReply {
  const type = isSuccessor ? 'text/plain' : 'application/json'
  const headers = { 'content-type': `${type}; charset=utf-8` }
  return { status: 201, body: isSuccessor ? text : JSON.stringify(text), headers }
}

/** POST /boxes/:id/data, without the binary formats, which Latchkey does not send. */
export function batchOf(box: FakeBox, call: FakeCall, isSuccessor: boolean): FakeMeasurement[] {
  const raw = decode(call, isSuccessor)
  if (raw.length === 0) throw new FakeError(422, 'Cannot save empty or invalid measurements.')
  if (raw.length > MAX_MEASUREMENTS && !isSuccessor) {
    throw new FakeError(422, `Too many measurements. Please submit at most ${MAX_MEASUREMENTS} measurements at once.`)
  }
  const now = Date.now()
  const batch = raw.map((measurement) => toMeasurement(box, measurement, now, isSuccessor))
  const unknown = batch.find(({ sensor }) => !box.sensors.some(({ _id }) => _id === sensor))
  if (unknown) {
    const text = `Measurement for sensor with id ${unknown.sensor} does not belong to box`
    throw new FakeError(isSuccessor ? 500 : 400, text)
  }
  return batch
}

/** POST /boxes/:id/:sensorId */
export function singleOf(box: FakeBox, sensor: string, parameters: Parameters, isSuccessor: boolean): FakeMeasurement {
  if (parameters['value'] === undefined) throw missingParameter('value')
  if (isSuccessor && typeof parameters['value'] !== 'number') throw new FakeError(422, 'Invalid measurement value')
  const raw = { sensor_id: sensor, value: textOf(parameters, 'value'), createdAt: textOf(parameters, 'createdAt') }
  const measurement = toMeasurement(box, { ...raw, location: parameters['location'] }, Date.now(), isSuccessor)
  if (box.sensors.some(({ _id }) => _id === sensor)) return measurement
  throw new FakeError(404, `Sensor not found: Sensor ${sensor} of box ${box._id} not found`)
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

/** Each sensor keeps the newest measurement of this batch, even if an earlier batch had a newer one. */
export function storeMeasurements(all: FakeMeasurement[], box: FakeBox, batch: readonly FakeMeasurement[]): void {
  all.push(...batch)
  const byAge = batch.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
  for (const { sensor: id, value, createdAt } of byAge) {
    const sensor = box.sensors.find(({ _id }) => _id === id)
    if (sensor) sensor.lastMeasurement = { value, createdAt }
    box.lastMeasurementAt = createdAt
  }
  const latest = byAge.findLast(({ location }) => location)
  const { coordinates, timestamp } = box.currentLocation
  if (!latest?.location || Date.parse(latest.createdAt) <= Date.parse(timestamp)) return
  if (String(latest.location) === String(coordinates)) return
  box.currentLocation = { type: 'Point', coordinates: latest.location, timestamp: latest.createdAt }
}

function decode({ headers, body, text }: FakeCall, isSuccessor: boolean): RawMeasurement[] {
  // Whether the classic API accepts CSV with parameters in the content type is not known; the fake does not.
  const type = headers['content-type'] ?? ''
  if (isSuccessor ? type.includes('csv') : /^(text\/)?csv$/i.test(type)) return fromCsv(text)
  if (isSuccessor ? !type.includes('json') : !/^(application\/)?json(; *charset=utf-8)?$/i.test(type)) {
    throw new FakeError(415, 'Unsupported content-type.')
  }
  requireReadable(body, text)
  return Array.isArray(body) ? body.map(fromItem) : Object.entries(membersOf(body)).map(fromMember)
}

function fromCsv(text: string): RawMeasurement[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const fields = line.split(',').map((field) => field.trim())
    if (fields.length < 2 || fields.length > 6) throw new FakeError(422, `illegal line '${fields.join(',')}'`)
    const [sensor_id, value, createdAt, lng, lat, height] = fields
    return { sensor_id, value, createdAt, location: lat === undefined ? undefined : { lng, lat, height } }
  })
}

function fromItem(item: unknown): RawMeasurement {
  const { sensor, sensor_id = sensor, value, createdAt, location } = membersOf(item)
  return { sensor_id, value, createdAt, location }
}

function fromMember([sensor_id, member]: [string, unknown]): RawMeasurement {
  if (!Array.isArray(member)) return { sensor_id, value: member }
  const [value, createdAt, location]: unknown[] = member
  if (member.length >= 1 && member.length <= 3) return { sensor_id, value, createdAt, location }
  throw new FakeError(422, `Array for sensorID '${sensor_id}' has an illegal length`)
}

function toMeasurement(box: FakeBox, raw: RawMeasurement, now: number, isSuccessor: boolean): FakeMeasurement {
  const invalid = (text: string, status = 422) => new FakeError(status, `${text} in measurement ${JSON.stringify(raw)}`)
  const sensor = String(raw.sensor_id ?? '').trim()
  if (sensor === '') throw invalid('Missing sensor id')
  if (!isId(sensor)) throw invalid('Invalid sensor id')
  if (raw.value === undefined || raw.value === '') throw invalid('Missing value')
  if (numberParameter(raw.value) === undefined) throw invalid('Invalid value')
  const created = isSuccessor ? lenientTime(raw.createdAt, now) : strictTime(raw.createdAt, now)
  if (created === undefined) throw invalid(`Invalid timestamp '${raw.createdAt}'.`, isSuccessor ? 500 : 422)
  const createdAt = new Date(created).toISOString()
  if (created > now + MINUTE) throw invalid(`Timestamp ${createdAt} is too far into the future.`)
  const measurement = { box: box._id, sensor, value: String(raw.value).trim(), createdAt }
  if (!raw.location) return measurement
  const location = coordinatesOf(raw.location)
  if (typeof location === 'string') throw invalid(location)
  return { ...measurement, location }
}

/**
 * UNIX milliseconds. Like openSenseMap, it reads up to three decimals as a number of milliseconds, and more as nanoseconds:
 * only exactly three decimals are read correctly.
 */
function timeOf(text: string): number | undefined {
  const [, whole, fraction = '0'] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(text.toUpperCase()) ?? []
  const start = Date.parse(`${whole}Z`)
  if (whole === undefined || Number.isNaN(start) || !new Date(start).toISOString().startsWith(whole)) return undefined
  const milliseconds = fraction.length > 3 ? Math.trunc(Number(fraction) / 1e6) : Number(fraction)
  return milliseconds > 999 ? undefined : start + milliseconds
}

const strictTime = (value: unknown, now: number) => (value === undefined ? now : timeOf(String(value)))

/** The successor accepts whatever Date.parse accepts. */
function lenientTime(value: unknown, now: number): number | undefined {
  const time = value ? Date.parse(String(value)) : now
  return Number.isNaN(time) ? undefined : time
}
