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

/** A box of the account at openSenseMap. It is stored encrypted, because it contains an access token. */
const knownBox = z.object({
  _id: z.string(),
  access_token: z.optional(z.string()),
  useAuth: z.optional(z.boolean()),
  /** Ids of its sensors by sensor key. */
  sensors: z.record(z.string(), z.string()),
  position: z.nullable(z.object({ lat: z.number(), lon: z.number(), height: z.optional(z.number()) })),
  /** Metadata at the last change; when the settings differ from it, the box is changed. */
  described: z.string(),
  /** API, account and name. Under other settings, it is a different box. */
  found: z.string(),
})

/**
 * One item stores all sensors of a box.
 * @limit openSenseMap | sensors of a box
 */
const MAX_SENSORS = 1_000

export type KnownBox = z.output<typeof knownBox>

export const encryptBox = (box: KnownBox): Promise<string> => encryptSecret(JSON.stringify(box))

/** The stored box; null if there is none, it belongs to other settings, or no key decrypts it. */
export async function decryptBox(box: string, sealed: string | undefined): Promise<KnownBox | null> {
  if (sealed === undefined) return null
  const text = await tryDecrypt('opensensemap_box', sealed)
  if (text === null) return null
  const known = knownBox.parse(JSON.parse(text))
  return known.found === (await boxLocation(box)) ? known : null
}

/** The API, account and name that identify a box. */
async function boxLocation(box: string): Promise<string> {
  const { SENSEMAP_API, SENSEMAP_EMAIL, SENSEMAP_USERNAME } = await getSettings(
    'SENSEMAP_API',
    'SENSEMAP_EMAIL',
    'SENSEMAP_USERNAME',
  )
  return JSON.stringify([SENSEMAP_API, SENSEMAP_EMAIL ?? SENSEMAP_USERNAME, (await configuredBox(box)).name])
}

/** The metadata that is compared. The description is not, because it may be edited on the website. */
const comparableMetadata = ({
  exposure,
  grouptag,
  weblink,
}: Pick<BoxDescription, 'exposure' | 'grouptag' | 'weblink'>): string =>
  JSON.stringify([exposure, grouptag, weblink ?? null])

function toKnownBox(box: Box, described: string, found: string): KnownBox {
  const [lon = null, lat = null, height = null] = box.currentLocation?.coordinates ?? []
  const { _id, access_token, useAuth } = box
  // The first of several equal sensors is used, so that all runs select the same one.
  const sensors = Object.fromEntries(box.sensors.toReversed().map((sensor) => [sensorKey(sensor), sensor._id]))
  return { _id, access_token, useAuth, sensors, position: toPosition(lat, lon, height), described, found }
}

const configuredBox = async (box: string) => describeBox(box, await getSettings('OSEM_NAME', 'OSEM_WEBLINK'))

/** The account's box with the name of `box`; null if there is none. Of several, all runs select the lowest id. */
export async function findAccountBox(box: string, accountBoxes: readonly Box[]): Promise<KnownBox | null> {
  const expected = await configuredBox(box)
  const [remote] = accountBoxes
    .filter(({ name }) => name.trim() === expected.name)
    .toSorted((a, b) => (a._id < b._id ? -1 : 1))
  if (!remote) return null
  const { exposure, grouptag = [], weblink } = remote
  const metadata = comparableMetadata(expected)
  const isCurrent = JSON.stringify([exposure, grouptag, weblink || null]) === metadata
  return toKnownBox(remote, isCurrent ? metadata : '', await boxLocation(box))
}

/** Sensors of these columns that a box does not have, up to the maximum of a box. */
function missingSensors(sensors: KnownBox['sensors'], columns: Iterable<string>): Sensor[] {
  const missing = new Map<string, Sensor>()
  for (const column of columns) {
    const sensor = describeSensor(column)
    if (sensor && !Object.hasOwn(sensors, sensorKey(sensor))) missing.set(sensorKey(sensor), sensor)
  }
  return [...missing.values()].slice(0, Math.max(MAX_SENSORS - Object.keys(sensors).length, 0))
}

/** The id of the sensor for a column; undefined if the box has none. */
export function sensorId({ sensors }: KnownBox, column: string): string | undefined {
  const key = columnKey(column)
  return key !== null && Object.hasOwn(sensors, key) ? sensors[key] : undefined
}

/** Creates a box with sensors for these columns. Callers search for it first: a second call would create another box. */
export async function createRemoteBox(
  run: ForwardingRun,
  box: string,
  columns: ReadonlySet<string>,
  position: Position,
): Promise<KnownBox> {
  const { weblink, ...metadata } = await configuredBox(box)
  const newBox = { ...metadata, location: coordinates(position), sensors: missingSensors({}, columns) }
  const created = await run.asAccount((jwt) => createBox(jwt, newBox, run.limit))
  // openSenseMap ignores the weblink of a new box; a later change adds it.
  return toKnownBox(created, weblink === undefined ? comparableMetadata(metadata) : '', await boxLocation(box))
}

/** Changes after which a box has the configured metadata and a sensor for each column; null without changes. */
export async function findBoxChanges(box: string, known: KnownBox, columns: ReadonlySet<string>) {
  const { exposure, grouptag, weblink } = await configuredBox(box)
  const hadLink = known.described !== '' && !known.described.endsWith('null]')
  // An empty text removes the link.
  const link = weblink ?? (hadLink ? '' : undefined)
  const metadata = { exposure, grouptag, ...(link !== undefined && { weblink: link }) }
  const sensors = missingSensors(known.sensors, columns)
  const described = comparableMetadata({ exposure, grouptag, ...(weblink !== undefined && { weblink }) })
  if (sensors.length === 0 && known.described === described) return null
  return { ...(known.described !== described && metadata), ...(sensors.length > 0 && { sensors }), described }
}

type BoxChanges = NonNullable<Awaited<ReturnType<typeof findBoxChanges>>>

/** Changes a box. After a failure, look it up again: adding a sensor twice would create two. */
export async function applyChanges(run: ForwardingRun, known: KnownBox, changes: BoxChanges): Promise<KnownBox> {
  const { described, ...change } = changes
  const response = await run.asAccount((jwt) => changeBox(jwt, known._id, change, run.limit))
  const changed = toKnownBox(response, described, known.found)
  if (change.sensors?.some((sensor) => !Object.hasOwn(changed.sensors, sensorKey(sensor))))
    throw providerFailure('provider_answer_invalid', { provider: 'openSenseMap', operation: 'change-box' })
  // Not every generation of the API returns the secrets again.
  return {
    ...changed,
    access_token: changed.access_token ?? known.access_token,
    useAuth: changed.useAuth ?? known.useAuth,
  }
}
