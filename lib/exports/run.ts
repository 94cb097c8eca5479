import type { DataOwner } from '../core/caller.ts'
import { saveWork, type Work } from '../files/work-store.ts'
import type { ExportRecord } from './export.ts'

/** A run that holds the lease of an export. */
export interface Run {
  owner: DataOwner
  /** The export as this run last saved it. */
  record: ExportRecord
  /** UNIX milliseconds: the time to stop, and leave the rest to the next run. */
  deadline: number
  /** Stores progress, and renews the lease. Throws `LeaseLost`. */
  save(changes: Partial<ExportRecord>): Promise<void>
  /** Renews the lease. Throws `LeaseLost`. */
  renew(): Promise<void>
}

/** Starts a run. Its number is stored before it writes a file, so that its files are found even after a crash. */
export async function startRun(work: Work, record: ExportRecord, deadline: number): Promise<Run> {
  const { client_id, participant_id, state } = record
  const first = { state: 'processing', runs: record.runs + 1 } as const
  await saveWork(work, { set: first, state })
  const run: Run = {
    owner: { clientId: client_id, participant: participant_id },
    record: { ...record, ...first },
    deadline,
    async save(changes) {
      await saveWork(work, { set: changes, state: first.state, hasProgress: true })
      run.record = { ...run.record, ...changes }
    },
    renew: () => saveWork(work, { state: first.state }),
  }
  return run
}
