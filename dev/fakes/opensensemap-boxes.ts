import { randomBytes } from 'node:crypto'
import {
  choiceOf,
  coordinatesOf,
  FakeError,
  flagOf,
  locationOf,
  membersOf,
  missingParameter,
  objectsOf,
  type Parameters,
  requireText,
  textOf,
  textsOf,
} from './opensensemap-requests.ts'

export interface FakeSensor {
  _id: string
  title: string
  unit: string
  sensorType?: string | undefined
  icon?: string | undefined
  lastMeasurement?: { value: string; createdAt: string } | undefined
}

export interface FakeBox {
  _id: string
  name: string
  createdAt: string
  updatedAt: string
  exposure: string
  model: string
  grouptag?: string[] | undefined
  description?: string | undefined
  weblink?: string | undefined
  lastMeasurementAt?: string | undefined
  currentLocation: { type: 'Point'; coordinates: number[]; timestamp: string }
  sensors: FakeSensor[]
  useAuth: boolean
  access_token: string
  /** Whether the box belongs to the fake's account. Never sent. */
  own: boolean
}

/** Members of a new box; missing ones get defaults, sensor ids included. */
export type NewFakeBox = Partial<Omit<FakeBox, 'sensors' | 'currentLocation'>> & {
  location?: number[] | undefined
  sensors?: (Omit<FakeSensor, '_id'> & { _id?: string })[] | undefined
}

const EXPOSURES = ['unknown', 'indoor', 'outdoor', 'mobile']
/** The real openSenseMap has more models, each with its own sensors. */
const MODELS = ['homeV2Lora', 'homeV2Ethernet', 'homeV2Wifi', 'homeEthernet', 'homeWifi', 'luftdaten_sds011']
const SENSORS_OF_MODELS = [
  { title: 'Temperatur', unit: '°C', sensorType: 'HDC1080', icon: 'osem-thermometer' },
  { title: 'rel. Luftfeuchte', unit: '%', sensorType: 'HDC1080', icon: 'osem-humidity' },
]

const newId = () => randomBytes(12).toString('hex')
const newAccessToken = () => randomBytes(32).toString('hex')

export function createFakeBox({ location = [9.05, 48.52], sensors = [], ...members }: NewFakeBox): FakeBox {
  const now = new Date().toISOString()
  return {
    _id: newId(),
    name: 'box',
    createdAt: now,
    updatedAt: now,
    exposure: 'indoor',
    model: 'custom',
    currentLocation: { type: 'Point', coordinates: location, timestamp: now },
    sensors: sensors.map((sensor) => ({ _id: newId(), ...sensor })),
    useAuth: false,
    access_token: newAccessToken(),
    own: true,
    ...members,
  }
}

/** POST /boxes. Like openSenseMap, it ignores a weblink. */
export function requestedBox(parameters: Parameters, isSuccessor: boolean): FakeBox {
  if (isSuccessor) return successorBox(parameters)
  const name = requireText(parameters, 'name')
  const grouptag = textsOf({ grouptag: parameters['grouptag'] ?? parameters['tag'] }, 'grouptag')
  const exposure = choiceOf(parameters, 'exposure', EXPOSURES)
  const model = choiceOf(parameters, 'model', MODELS)
  const sensors = objectsOf(parameters, 'sensors')
  const location = locationOf(parameters)
  const description = textOf(parameters, 'description', true)
  const useAuth = flagOf(parameters, 'useAuth') ?? false
  flagOf(parameters, 'sharedBox')
  if (!location) throw missingParameter('location')
  if (model && sensors) throw new FakeError(422, 'Parameters model and sensors cannot be specified at the same time.')
  if (!model && !sensors?.length) {
    throw new FakeError(422, 'Validation failed: sensors are required if model is invalid or missing.')
  }
  if (!exposure) throw new FakeError(422, 'Validation failed: exposure is required')
  const common = { name, grouptag, exposure, location, description }
  return model
    ? createFakeBox({ ...common, model, sensors: SENSORS_OF_MODELS, useAuth: model.startsWith('homeV2') })
    : createFakeBox({ ...common, sensors: sensors?.map(sensorOf), useAuth })
}

/** The successor reports all errors at once. */
function successorBox(parameters: Parameters): FakeBox {
  const { name, location, sensors = [], exposure = 'unknown' } = parameters
  const items: unknown[] = Array.isArray(sensors) ? sensors : []
  const coordinates = coordinatesOf(location)
  const errors = [
    ...(typeof name === 'string' && name.length > 0 && name.length <= 100 ? [] : ['name: 1 to 100 characters']),
    ...(typeof coordinates === 'string' ? [`location: ${coordinates}`] : []),
    ...(EXPOSURES.includes(String(exposure)) ? [] : ['exposure: not one of the four']),
    ...(Array.isArray(sensors) ? [] : ['sensors: not an array']),
    ...items.flatMap((item, index) =>
      ['id', 'title', 'unit', 'sensorType']
        .filter((field) => typeof membersOf(item)[field] !== 'string')
        .map((field) => `sensors.${index}.${field}: Required`),
    ),
  ]
  if (errors.length > 0) throw new FakeError(400, 'Invalid request data', { errors })
  return createFakeBox({
    name: String(name).trim(),
    exposure: String(exposure),
    location: typeof coordinates === 'string' ? undefined : coordinates,
    grouptag: textsOf(parameters, 'grouptag', true),
    description: textOf(parameters, 'description', true),
    useAuth: String(parameters['useAuth'] ?? false) === 'true',
    sensors: objectsOf(parameters, 'sensors')?.map(sensorOf),
  })
}

/** PUT /boxes/:id. Changes nothing if any member is invalid. Returns the ids of the deleted sensors. */
export function updateBox(box: FakeBox, parameters: Parameters): string[] {
  const name = textOf(parameters, 'name')
  const grouptag = textsOf(parameters, 'grouptag', true)
  const description = textOf(parameters, 'description', true)
  const weblink = textOf(parameters, 'weblink', true)
  const exposure = choiceOf(parameters, 'exposure', EXPOSURES)
  const location = locationOf(parameters)
  const useAuth = flagOf(parameters, 'useAuth')
  const sensors = updatedSensors(box.sensors, objectsOf(parameters, 'sensors') ?? [])
  const deleted = box.sensors.filter(({ _id }) => !sensors.some((sensor) => sensor._id === _id)).map(({ _id }) => _id)
  const now = new Date().toISOString()
  const moved = location && String(location) !== String(box.currentLocation.coordinates)
  Object.assign(box, {
    sensors,
    updatedAt: now,
    ...(name !== undefined && { name }),
    ...(grouptag && { grouptag: grouptag.length > 0 ? grouptag : undefined }),
    ...(description !== undefined && { description: description || undefined }),
    ...(weblink !== undefined && { weblink: weblink || undefined }),
    ...(exposure !== undefined && { exposure }),
    ...(useAuth !== undefined && { useAuth }),
    ...(moved && { currentLocation: { type: 'Point', coordinates: location, timestamp: now } }),
    ...(textOf(parameters, 'generate_access_token') === 'true' && { access_token: newAccessToken() }),
  })
  return deleted
}

function updatedSensors(before: readonly FakeSensor[], items: readonly Parameters[]): FakeSensor[] {
  const sensors = new Map(before.map((sensor) => [sensor._id, sensor]))
  for (const [index, item] of items.entries()) {
    const { _id, deleted, edited, new: added } = item
    const known = sensors.get(String(_id))
    if (known && deleted) sensors.delete(known._id)
    else if (known && edited) sensors.set(known._id, { _id: known._id, ...sensorOf(item, index) })
    else if (!known && edited && added) {
      const id = newId()
      sensors.set(id, { _id: id, ...sensorOf(item, index) })
    } else if (!known) {
      throw new FakeError(404, `Sensor with id ${_id} not found for ${deleted ? 'deletion' : 'editing'}.`)
    }
  }
  if (items.length > 0 && sensors.size === 0) {
    throw new FakeError(400, 'Unable to delete sensor(s). A box needs at least one sensor.')
  }
  return [...sensors.values()]
}

function sensorOf(item: Parameters, index: number): Omit<FakeSensor, '_id'> {
  const text = (field: string) => (item[field] === undefined ? undefined : String(item[field] ?? '').trim())
  const [title, unit] = [text('title'), text('unit')]
  if (!title || !unit) throw new FakeError(422, `Validation failed: sensors.${index}: title and unit are required`)
  return { title, unit, sensorType: text('sensorType'), icon: text('icon') }
}

/** The public view of a box. */
export function toPublicBox({ useAuth: _useAuth, access_token: _token, own: _own, ...box }: FakeBox): object {
  return { ...box, loc: [{ geometry: box.currentLocation, type: 'Feature' }] }
}

/** The owner's view of a box. */
export const secretBox = (box: FakeBox): object => ({
  ...toPublicBox(box),
  access_token: box.access_token,
  useAuth: box.useAuth,
  integrations: { mqtt: { enabled: false } },
})
