import * as z from 'zod'
import { settings } from '../config.ts'
import { seal, unseal } from '../hashing/seal.ts'
import { providerFailure } from '../providers/failure.ts'
import { type Box, changeBox, createBox } from '../providers/opensensemap.ts'
import { asAccount } from './account.ts'
import { type Description, describeBox } from './box.ts'
import { coordinates, type Position, toPosition } from './position.ts'
import { type Sensor, sameSensor, sensorOf } from './sensors.ts'

/** A box of ours at openSenseMap, as it is kept: sealed, since its access token is in it. */
const kept = z.object({
  _id: z.string(),
  access_token: z.string().optional(),
  useAuth: z.boolean().optional(),
  sensors: z.array(
    z.object({ _id: z.string(), title: z.string(), unit: z.string(), sensorType: z.string().nullish() }),
  ),
  position: z.object({ lat: z.number(), lon: z.number(), height: z.number().optional() }).nullable(),
  /** How it was described when it was last changed, so that it is changed when that is to be different. */
  described: z.string(),
})

export type KnownBox = z.output<typeof kept>

export async function sealBox(box: KnownBox): Promise<string> {
  const { SEAL_KEY } = await settings('SEAL_KEY')
  return seal(JSON.stringify(box), SEAL_KEY)
}

/** The box that was kept; null where there is none, or it was sealed under another key. */
export async function unsealBox(sealed: string | undefined): Promise<KnownBox | null> {
  if (sealed === undefined) return null
  const { SEAL_KEY } = await settings('SEAL_KEY')
  const text = await unseal(sealed, SEAL_KEY).catch(() => null)
  return text === null ? null : kept.parse(JSON.parse(text))
}

/** What is compared and kept of a description; the text may be changed on the website. */
const gist = ({ exposure, grouptag, weblink }: Pick<Description, 'exposure' | 'grouptag' | 'weblink'>): string =>
  JSON.stringify([exposure, grouptag, weblink ?? null])

function toKnown(box: Box, described: string): KnownBox {
  const [lon = null, lat = null, height = null] = box.currentLocation?.coordinates ?? []
  const { _id, access_token, useAuth, sensors } = box
  return kept.parse({ _id, access_token, useAuth, sensors, position: toPosition(lat, lon, height), described })
}

const description = async (box: string) => describeBox(box, await settings('OSEM_NAME', 'OSEM_WEBLINK'))

/** The one among the account's boxes that is called so: of several the first, which all runs find alike. */
export async function findOwn(box: string, own: readonly Box[]): Promise<KnownBox | null> {
  const wanted = await description(box)
  const found = own.filter(({ name }) => name === wanted.name).toSorted((a, b) => (a._id < b._id ? -1 : 1))[0]
  if (!found) return null
  const { exposure, grouptag = [], weblink } = found
  const asWanted = JSON.stringify([exposure, grouptag, weblink || null]) === gist(wanted)
  return toKnown(found, asWanted ? gist(wanted) : '')
}

/** Sensors of these columns that a box does not have. */
function missing(sensors: KnownBox['sensors'], columns: Iterable<string>): Sensor[] {
  const lacking: Sensor[] = []
  for (const column of columns) {
    const sensor = sensorOf(column)
    if (sensor && !sameSensor(sensors, sensor) && !sameSensor(lacking, sensor)) lacking.push(sensor)
  }
  return lacking
}

/** Makes a box with sensors for these columns. Made twice, there would be two: it is looked for before. */
export async function makeBox(box: string, columns: ReadonlySet<string>, position: Position, deadline: number) {
  const { weblink, ...wanted } = await description(box)
  const fresh = { ...wanted, location: coordinates(position), sensors: missing([], columns) }
  const made = await asAccount(deadline, (jwt) => createBox(jwt, fresh, deadline))
  // openSenseMap takes no weblink for a new box, so that one is still to come.
  return toKnown(made, weblink === undefined ? gist(wanted) : '')
}

/** What has to be changed about a box, so that it has a sensor for each column and is described as the settings say. */
export async function changesTo(box: string, known: KnownBox, columns: ReadonlySet<string>) {
  const { exposure, grouptag, weblink } = await description(box)
  const wanted = { exposure, grouptag, ...(weblink !== undefined && { weblink }) }
  const sensors = missing(known.sensors, columns)
  if (sensors.length === 0 && known.described === gist(wanted)) return null
  return {
    ...(known.described !== gist(wanted) && wanted),
    ...(sensors.length > 0 && { sensors }),
    described: gist(wanted),
  }
}

type Changes = NonNullable<Awaited<ReturnType<typeof changesTo>>>

/** Changes a box. Sensors that are added twice are there twice: after a failure, the box is to be looked up again. */
export async function applyChanges(known: KnownBox, changes: Changes, deadline: number): Promise<KnownBox> {
  const { described, ...change } = changes
  const changed = toKnown(await asAccount(deadline, (jwt) => changeBox(jwt, known._id, change, deadline)), described)
  if (change.sensors?.some((sensor) => !sameSensor(changed.sensors, sensor)))
    throw providerFailure('provider_answer_invalid', { provider: 'openSenseMap', operation: 'change-box' })
  // Not every generation of the API tells the secrets again.
  return {
    ...changed,
    access_token: changed.access_token ?? known.access_token,
    useAuth: changed.useAuth ?? known.useAuth,
  }
}
