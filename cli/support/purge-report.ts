import { hash } from 'node:crypto'
import type { PurgeItem } from '../../lib/dynamodb/purge-items.ts'

/** Totals of one kind of item, or of the measurements of one series. */
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

/** Creates a report that adds items up. */
export function createReport() {
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
    parts: (): ReportPart[] => [...parts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part),
    /** SHA-256 of the sorted tables and keys of all items, one per line. */
    digest: (): string => {
      const lines = keys.toSorted().map((key) => `${key}\n`)
      return hash('sha256', lines.join(''), 'hex')
    },
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
const earlier = (time: string | null, next: string): string => (time !== null && time < next ? time : next)
const later = (time: string | null, next: string): string => (time !== null && time > next ? time : next)

const DAY_MS = 86_400_000

/** Sentences about data that a purge cannot remove, with its expiry dates. */
export function notCovered(purge: {
  participant: string | undefined
  /** Whether the client can still upload. */
  isActive: boolean
  registration: boolean
  deployed: boolean
  /** UNIX milliseconds. */
  now: number
}): string[] {
  const { participant, isActive, registration, deployed, now } = purge
  const until = (days: number): string => iso(now + days * DAY_MS).slice(0, 10)
  return [
    ...(isActive
      ? ['Uploads during the purge and later: clients disable blocks them, and another purge removes them.']
      : []),
    ...(registration || participant !== undefined
      ? []
      : ['The registration of the client: --registration removes it.']),
    ...(deployed ? [`Backups of the tables: AWS keeps them for 35 days, until ${until(35)}.`] : []),
    `Receipts of an Idempotency-Key, which contain digests and times without an owner: until ${until(7)} at the latest.`,
    ...(participant === undefined
      ? []
      : [
          `Identity sessions whose token has expired, if no confidential client named the participant or SEAL_KEY has changed: until ${until(90)} at the latest.`,
        ]),
    `Events of identity sessions that were started elsewhere: until ${until(90)} at the latest.`,
    `Calls, user tokens and events of Help Lightning, which name neither a client nor a participant: until ${until(90)} at the latest.`,
    'Forwarding state of boxes, which may name a series until the next delivery to the box.',
    'Data at providers: Incode, Help Lightning, Sethealth and openSenseMap store it by their own rules.',
  ]
}
