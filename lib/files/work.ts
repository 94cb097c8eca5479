import * as z from 'zod/mini'
import { isStorageFailure } from '../core/problem.ts'
import { delayAfter } from '../jobs/backoff.ts'
import { log } from '../observability/log.ts'
import { countMetric } from '../observability/metrics.ts'
import { claimWork, dueWork, kindOfKey, LeaseLost, saveWork, type Work } from './work-store.ts'

/** The work of one kind of items. It runs again after a failure or a crash, so it must be idempotent. */
export interface WorkKind {
  /**
   * Does the work until it is finished, or time is up at `deadline` (UNIX milliseconds). It saves its progress and its end
   * with `saveWork`, which throws when another run has acquired the lease.
   */
  run(work: Work, deadline: number): Promise<'finished' | 'unfinished'>
  /** Ends work that has failed in too many runs. Work that must not end is due again later. */
  park(work: Work): Promise<void>
}

/** The work by the kind of the item. */
export type Works = Readonly<Partial<Record<'file' | 'export', WorkKind>>>

const LATER_MS = 3_600_000

/** A kind that only a newer version knows: it waits for that. */
const unknownKind: WorkKind = {
  run: () => Promise.reject(new Error('no work for this kind of item')),
  park: (work) => saveWork(work, { dueAt: Date.now() + LATER_MS }),
}

/** Runs without progress, after which an operator must check the work. The delays between them are half an hour in all. */
const MAX_RUNS = 5
/** An outage does not use up runs. Its work is retried at this interval at the latest. */
const LONGEST_OUTAGE_DELAY_MS = 900_000
/** A scheduled run starts no other work after this time: the next run does, and has all its time for it. */
const START_MS = 60_000
/** Items read at a time. */
const PAGE = 100

const workRequest = z.union([z.object({ file: z.string() }), z.object({ export: z.string() })])

/** Does the work that the caller of the function names, or all work that is due: a schedule names none. */
export async function runWork(works: Works, event: unknown, deadline: number): Promise<void> {
  const { data } = workRequest.safeParse(event)
  if (!data) return runDueWork(works, deadline)
  await runItem(works, 'file' in data ? `file#${data.file}` : `export#${data.export}`, deadline)
}

async function runDueWork(works: Works, deadline: number): Promise<void> {
  const lastStart = Math.min(deadline, Date.now() + START_MS)
  const seen = new Set<string>()
  let oldest = Infinity
  for (let before = -1; seen.size > before; ) {
    before = seen.size
    for (const key of await dueWork(Date.now(), PAGE)) {
      if (seen.has(key)) continue
      if (Date.now() > lastStart) break
      seen.add(key)
      oldest = Math.min(oldest, (await runItem(works, key, deadline)) ?? Infinity)
    }
  }
  if (oldest < Infinity) countMetric('OldestPendingSeconds', { of: 'files' }, (Date.now() - oldest) / 1000)
}

const receipt = z.object({ created_at: z.number(), completed_at: z.optional(z.number()) })

/** Does the work of an item that is due. Returns when the item was received (UNIX milliseconds) if the work failed. */
async function runItem(works: Works, key: string, deadline: number): Promise<number | null> {
  const kind = kindOfKey(key)
  const work = kind && (await claimWork(key, Date.now()))
  if (!work) return null
  const { run, park } = works[kind] ?? unknownKind
  try {
    if (work.attempts > MAX_RUNS) {
      log('file_work_parked', { work: key, attempts: work.attempts })
      countMetric('FileWorkParked', { kind })
      await park(work)
    } else if ((await run(work, deadline)) === 'unfinished') await saveWork(work, { dueAt: Date.now() })
    return null
  } catch (error) {
    if (error instanceof LeaseLost) return null
    await reschedule(work, error)
    const { created_at, completed_at = created_at } = receipt.parse(work.item)
    return completed_at
  }
}

async function reschedule(work: Work, cause: unknown): Promise<void> {
  const { key, attempts, outages } = work
  log('file_work_postponed', { work: key, attempts, outages, cause })
  const changes = isStorageFailure(cause)
    ? {
        set: { attempts: attempts - 1, outages: outages + 1 },
        dueAt: Date.now() + Math.min(delayAfter(outages), LONGEST_OUTAGE_DELAY_MS),
      }
    : { dueAt: Date.now() + delayAfter(attempts - 1) }
  // Without the table, the lease expires by itself. If it is lost, another run continues.
  await saveWork(work, changes).catch(() => undefined)
}
