import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { coordinates, type Position } from '../core/position.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { toPosition } from '../measurements/position.ts'
import { providerFailure } from '../providers/errors.ts'
import { type BoxDescription, describeBox } from './box.ts'
import type { ForwardingRun } from './box-lease.ts'
import { type Box, changeBox, createBox } from './client.ts'
import { columnKey, describeSensor, type Sensor, sensorKey } from './sensors.ts'

/** A box of ours at openSenseMap, as it is kept: sealed, since its access token is in it. */
const kept = z.object({
  _id: z.string(),
  access_token: z.optional(z.string()),
  useAuth: z.optional(z.boolean()),
  /** Ids of its sensors, by their keys. */
  sensors: z.record(z.string(), z.string()),
  position: z.nullable(z.object({ lat: z.number(), lon: z.number(), height: z.optional(z.number()) })),
  /** How it was described when it was last changed, so that it is changed when that is to be different. */
  described: z.string(),
  /** Where it was found and as what: under other settings, it is another box. */
  found: z.string(),
})

/**
 * One item stores all sensors of a box.
 * @limit openSenseMap | sensors of a box
 */
const MOST_SENSORS = 1_000

export type KnownBox = z.output<typeof kept>

export const encryptBox = (box: KnownBox): Promise<string> => encryptSecret(JSON.stringify(box))

/** The box that was kept; null where there is none, or it was kept under other settings or sealed under another key. */
export async function decryptBox(box: string, sealed: string | undefined): Promise<KnownBox | null> {
  if (sealed === undefined) return null
  const text = await tryDecrypt('opensensemap_box', sealed)
  if (text === null) return null
  const known = kept.parse(JSON.parse(text))
  return known.found === (await placeOf(box)) ? known : null
}

/** Where a box is looked for: at which API, in which account, under which name. */
async function placeOf(box: string): Promise<string> {
  const { SENSEMAP_API, SENSEMAP_EMAIL, SENSEMAP_USERNAME } = await getSettings(
    'SENSEMAP_API',
    'SENSEMAP_EMAIL',
    'SENSEMAP_USERNAME',
  )
  return JSON.stringify([SENSEMAP_API, SENSEMAP_EMAIL ?? SENSEMAP_USERNAME, (await description(box)).name])
}

/** What is compared and kept of a description; the text may be changed on the website. */
const gist = ({ exposure, grouptag, weblink }: Pick<BoxDescription, 'exposure' | 'grouptag' | 'weblink'>): string =>
  JSON.stringify([exposure, grouptag, weblink ?? null])

function toKnown(box: Box, described: string, found: string): KnownBox {
  const [lon = null, lat = null, height = null] = box.currentLocation?.coordinates ?? []
  const { _id, access_token, useAuth } = box
  // Of sensors that are the same the first counts, so that all runs find the same.
  const sensors = Object.fromEntries(box.sensors.toReversed().map((sensor) => [sensorKey(sensor), sensor._id]))
  return { _id, access_token, useAuth, sensors, position: toPosition(lat, lon, height), described, found }
}

const description = async (box: string) => describeBox(box, await getSettings('OSEM_NAME', 'OSEM_WEBLINK'))

/** The one among the account's boxes that is called so: of several the first, which all runs find alike. */
export async function findOwnBox(box: string, own: readonly Box[]): Promise<KnownBox | null> {
  const wanted = await description(box)
  const found = own.filter(({ name }) => name.trim() === wanted.name).toSorted((a, b) => (a._id < b._id ? -1 : 1))[0]
  if (!found) return null
  const { exposure, grouptag = [], weblink } = found
  const asWanted = JSON.stringify([exposure, grouptag, weblink || null]) === gist(wanted)
  return toKnown(found, asWanted ? gist(wanted) : '', await placeOf(box))
}

/** Sensors of these columns that a box does not have, as many as it may get. */
function missing(sensors: KnownBox['sensors'], columns: Iterable<string>): Sensor[] {
  const lacking = new Map<string, Sensor>()
  for (const column of columns) {
    const sensor = describeSensor(column)
    if (sensor && !Object.hasOwn(sensors, sensorKey(sensor))) lacking.set(sensorKey(sensor), sensor)
  }
  return [...lacking.values()].slice(0, Math.max(MOST_SENSORS - Object.keys(sensors).length, 0))
}

/** The id of the sensor that a column belongs to; undefined where the box has none for it. */
export function sensorId({ sensors }: KnownBox, column: string): string | undefined {
  const key = columnKey(column)
  return key !== null && Object.hasOwn(sensors, key) ? sensors[key] : undefined
}

/** Makes a box with sensors for these columns. Made twice, there would be two: it is looked for before. */
export async function prepareBox(run: ForwardingRun, box: string, columns: ReadonlySet<string>, position: Position) {
  const { weblink, ...wanted } = await description(box)
  const fresh = { ...wanted, location: coordinates(position), sensors: missing({}, columns) }
  const made = await run.asAccount((jwt) => createBox(jwt, fresh, run.limit))
  // openSenseMap takes no weblink for a new box, so that one is still to come.
  return toKnown(made, weblink === undefined ? gist(wanted) : '', await placeOf(box))
}

/** What has to be changed about a box, so that it has a sensor for each column and is described as the settings say. */
export async function boxChanges(box: string, known: KnownBox, columns: ReadonlySet<string>) {
  const { exposure, grouptag, weblink } = await description(box)
  const hadLink = known.described !== '' && !known.described.endsWith('null]')
  // An empty text takes the link away.
  const link = weblink ?? (hadLink ? '' : undefined)
  const wanted = { exposure, grouptag, ...(link !== undefined && { weblink: link }) }
  const sensors = missing(known.sensors, columns)
  const described = gist({ exposure, grouptag, ...(weblink !== undefined && { weblink }) })
  if (sensors.length === 0 && known.described === described) return null
  return { ...(known.described !== described && wanted), ...(sensors.length > 0 && { sensors }), described }
}

type Changes = NonNullable<Awaited<ReturnType<typeof boxChanges>>>

/** Changes a box. Sensors that are added twice are there twice: after a failure, the box is to be looked up again. */
export async function applyChanges(run: ForwardingRun, known: KnownBox, changes: Changes): Promise<KnownBox> {
  const { described, ...change } = changes
  const answer = await run.asAccount((jwt) => changeBox(jwt, known._id, change, run.limit))
  const changed = toKnown(answer, described, known.found)
  if (change.sensors?.some((sensor) => !Object.hasOwn(changed.sensors, sensorKey(sensor))))
    throw providerFailure('provider_answer_invalid', { provider: 'openSenseMap', operation: 'change-box' })
  // Not every generation of the API tells the secrets again.
  return {
    ...changed,
    access_token: changed.access_token ?? known.access_token,
    useAuth: changed.useAuth ?? known.useAuth,
  }
}
