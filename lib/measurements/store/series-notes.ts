import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { type BoundedCache, boundedCache } from '../../core/bounded-cache.ts'
import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import { timeBudgets } from '../../core/time-budgets.ts'
import { sendIfConditionHolds } from '../../dynamodb/client.ts'
import { log } from '../../observability/log.ts'
import { countMetric } from '../../observability/metrics.ts'
import type { Block } from '../blocks.ts'
import { isoTime } from '../times.ts'
import type { Warning } from '../warnings.ts'
import { catalogKey, type SeriesId, seriesKey, toSeriesId } from './keys.ts'
import { CACHE_MS } from './known-series.ts'
import { findSeries, type SeriesWarning, type Units } from './series.ts'

/** What an upload says about its series, except the rows. */
interface UploadNotes {
  warnings: readonly Warning[]
  /** Units by column. */
  units: ReadonlyMap<string, string> | undefined
  /** UNIX milliseconds. */
  receivedAt: number
}

/** @limit Uploads | warnings of its last upload with warnings that a series keeps */
const MAX_WARNINGS = 10
const MAX_SENTENCE_CHARACTERS = 300
/** The units of a series share one item with its column names. */
const MAX_UNIT_BYTES = 20_000
const WRITES_AT_ONCE = 32

/** Notes that this container has read or written, by series, so that only new ones cost a request. At most 8 MB each. */
const MAX_CACHED_CHARACTERS = 4_000_000
const knownUnits = boundedCache<Units>(MAX_CACHED_CHARACTERS, (units) => 300 + JSON.stringify(units).length)
const knownWarnings = boundedCache<string>(MAX_CACHED_CHARACTERS, (digest) => 300 + digest.length)

function remember<T>(cache: BoundedCache<T>, key: string, value: T): void {
  const now = Date.now()
  cache.set(key, value, now, now + CACHE_MS)
}

/** Adds the warnings of an upload to a metric. */
export function countWarnings(list: readonly Warning[]): void {
  for (const [kind, warnings] of Map.groupBy(list, ({ kind }) => kind))
    countMetric('UploadWarning', { kind }, warnings.length)
}

/**
 * Stores the warnings and the new units of an upload with its series: at most one write for each series. Warnings that it
 * has just stored need none. The rows are stored already, so a failure is only logged.
 */
export async function saveSeriesNotes(
  owner: DataOwner,
  blocks: readonly Pick<Block, 'source' | 'columns'>[],
  { units: allUnits = new Map(), ...notes }: UploadNotes,
): Promise<void> {
  if (notes.warnings.length === 0 && allUnits.size === 0) return
  const abortSignal = AbortSignal.timeout(timeBudgets.seriesNotesMs)
  const warnings = notes.warnings.slice(0, MAX_WARNINGS).map(({ kind, sentence, count }) => ({
    ...{ kind, sentence: sentence.slice(0, MAX_SENTENCE_CHARACTERS).toWellFormed(), count },
    received_at: isoTime(notes.receivedAt),
  }))
  // A device repeats its warnings with every upload.
  const digest = warnings.map(({ sentence }) => sentence).join('\n')
  try {
    await inParallel([...Map.groupBy(blocks, ({ source }) => source)], WRITES_AT_ONCE, async ([source, group]) => {
      const id = toSeriesId({ participant: owner.participant, source })
      const key = seriesKey(owner.clientId, id)
      const columns = new Set(group.flatMap((block) => [...block.columns.keys()]))
      const units = await findNewUnits(owner.clientId, id, Object.fromEntries(pick(allUnits, columns)))
      const isNew = warnings.length > 0 && knownWarnings.get(key) !== digest
      if (!units && !isNew) return
      if (!(await writeNotes(owner.clientId, id, { warnings: isNew ? warnings : [], units }, abortSignal))) return
      if (units) remember(knownUnits, key, units)
      if (isNew) remember(knownWarnings, key, digest)
    })
  } catch (cause) {
    log('series_notes_failed', { cause })
  }
}

const pick = (units: ReadonlyMap<string, string>, columns: ReadonlySet<string>) =>
  [...units].filter(([name]) => columns.has(name))

/** All units of a series; undefined if the catalog has those of an upload already, or has no room for others. */
async function findNewUnits(clientId: string, id: SeriesId, units: Units): Promise<Units | undefined> {
  if (Object.keys(units).length === 0) return undefined
  const key = seriesKey(clientId, id)
  const known = knownUnits.get(key) ?? (await findSeries(clientId, id))?.units ?? {}
  const merged = fitUnits({ ...known, ...units })
  if (Object.entries(merged).some(([name, unit]) => known[name] !== unit)) return merged
  remember(knownUnits, key, known)
  return undefined
}

/** The first units that have room, the known ones before others. */
function fitUnits(units: Units): Units {
  let bytes = 0
  const fitting = Object.entries(units).filter(([name, unit]) => {
    bytes += Buffer.byteLength(name + unit) + 6
    return bytes <= MAX_UNIT_BYTES
  })
  return Object.fromEntries(fitting)
}

/** Returns false if the series does not exist. */
async function writeNotes(
  clientId: string,
  id: SeriesId,
  { warnings, units }: { warnings: readonly SeriesWarning[]; units: Units | undefined },
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const values = {
    ...(warnings.length > 0 && { warnings: { S: JSON.stringify(warnings) } }),
    ...(units && { units: { S: JSON.stringify(units) } }),
  }
  const write = new UpdateItemCommand({
    TableName: MEASUREMENTS_TABLE,
    Key: catalogKey(clientId, id),
    UpdateExpression: `SET ${Object.keys(values)
      .map((name) => `#${name} = :${name}`)
      .join(', ')}`,
    // A purge may have removed the series.
    ConditionExpression: 'attribute_exists(series)',
    ExpressionAttributeNames: Object.fromEntries(Object.keys(values).map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
  })
  return sendIfConditionHolds(write, { abortSignal })
}
