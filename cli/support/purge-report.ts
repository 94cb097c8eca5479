import { createHash } from 'node:crypto'
import type { PurgeItem } from '../../lib/dynamodb/purge-items.ts'

/** What was found of one kind, and of measurements in one series. */
export interface ReportPart {
  kind: string
  source: string | null
  items: number
  rows: number
  bytes: number
  /** ISO times. */
  first: string | null
  last: string | null
}

/** Sums items up as they come. */
export function gathering() {
  const parts = new Map<string, ReportPart>()
  const keys: string[] = []
  return {
    add({ kind, source, key, rows = 0, bytes, first, last }: Omit<PurgeItem, 'remove'>): void {
      const name = `${kind} ${source ?? ''}`
      const part = parts.get(name) ?? {
        kind,
        source: source ?? null,
        items: 0,
        rows: 0,
        bytes: 0,
        first: null,
        last: null,
      }
      part.items += 1
      part.rows += rows
      part.bytes += bytes
      if (first !== undefined) part.first = earlier(part.first, iso(first))
      if (last !== undefined) part.last = later(part.last, iso(last))
      parts.set(name, part)
      keys.push(key)
    },
    parts: (): ReportPart[] => [...parts].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part),
    /** SHA-256 of table and key of each item, sorted, each with a line feed after it. */
    digest: (): string =>
      createHash('sha256')
        .update(
          keys
            .sort()
            .map((key) => `${key}\n`)
            .join(''),
        )
        .digest('hex'),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
const earlier = (one: string | null, other: string): string => (one !== null && one < other ? one : other)
const later = (one: string | null, other: string): string => (one !== null && one > other ? one : other)

const DAY_MS = 86_400_000

/** What a purge does not reach, and until when it is there. */
export function notCovered({
  participant,
  isActive,
  registration,
  deployed,
  now,
}: {
  participant: string | undefined
  /** Whether the client may upload still. */
  isActive: boolean
  registration: boolean
  deployed: boolean
  /** UNIX milliseconds. */
  now: number
}): string[] {
  const until = (days: number): string => iso(now + days * DAY_MS).slice(0, 10)
  return [
    ...(isActive
      ? ['What the client uploads from now on, or while this runs: clients disable ends that, and a repeat finds it.']
      : []),
    ...(registration || participant !== undefined
      ? []
      : ['The registration of the client: --registration removes it.']),
    ...(deployed ? [`Backups of the tables: AWS keeps them for 35 days, until ${until(35)}.`] : []),
    `Receipts under an Idempotency-Key: digests and times, whose nobody can tell, until ${until(7)} at the latest.`,
    ...(participant === undefined
      ? []
      : [
          `Identity sessions for which no confidential client has named the participant, or under an earlier SEAL_KEY, once the token that began them is over: until ${until(90)} at the latest.`,
        ]),
    `Identity sessions that were begun elsewhere, of which there are events alone: until ${until(90)} at the latest.`,
    `Calls, user tokens and events of Help Lightning, which name neither a client nor a participant of it: until ${until(90)} at the latest.`,
    'How forwarding to a box stands may name a series until it is forwarded to again.',
    'What providers were told: Incode, Help Lightning, Sethealth and openSenseMap keep it by their own rules.',
  ]
}
