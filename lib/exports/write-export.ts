import { PROBLEMS, Problem } from '../core/problem.ts'
import type { WorkKind } from '../files/work.ts'
import { saveWork, type Work } from '../files/work-store.ts'
import { publicDetail } from '../http/response.ts'
import { convertRows } from './convert-rows.ts'
import { EXPORT_MS, type ExportRecord, exportRecord, isInProgress } from './export.ts'
import { removeExport } from './remove-export.ts'
import { startRun } from './run.ts'
import { writeRows } from './write-rows.ts'

/** The work of exports: writes their files, and removes them when they have ended. */
export const exportWork: WorkKind = { run: runExport, park: parkExport }

async function runExport(work: Work, deadline: number): Promise<'finished' | 'unfinished'> {
  const record = exportRecord.parse(work.item)
  if (isInProgress(record, Date.now())) return writeExport(work, record, deadline)
  await removeExport(work, record)
  return 'finished'
}

const endOf = ({ created_at }: ExportRecord): number => created_at + EXPORT_MS

async function writeExport(work: Work, record: ExportRecord, deadline: number): Promise<'finished' | 'unfinished'> {
  const run = await startRun(work, record, deadline)
  const isParquet = record.format === 'parquet'
  try {
    await writeRows(run)
    if (isParquet && run.record.complete) await convertRows(run)
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'storage_unavailable') throw error
    await fail(work, record, error)
    return 'finished'
  }
  const { complete, written, converted } = run.record
  if (!complete || (isParquet && converted.length < written.length)) return 'unfinished'
  await saveWork(work, { set: { state: 'ready' }, state: 'processing', hasProgress: true, dueAt: endOf(record) })
  return 'finished'
}

/** Ends an export without files. Those that are written are deleted at its end. */
const fail = (work: Work, record: ExportRecord, problem: Problem): Promise<void> => {
  const { code, issues } = problem
  const stored = { code, detail: publicDetail(problem), ...(issues.length > 0 && { errors: issues }) }
  return saveWork(work, { set: { state: 'failed', problem: stored }, hasProgress: true, dueAt: endOf(record) })
}

/** Its files must be removed even if that has failed before. */
const REMOVAL_RETRY_MS = 3_600_000

async function parkExport(work: Work): Promise<void> {
  const record = exportRecord.parse(work.item)
  if (isInProgress(record, Date.now()))
    await fail(work, record, new Problem('internal_error', PROBLEMS.internal_error.title))
  else await saveWork(work, { hasProgress: true, dueAt: Date.now() + REMOVAL_RETRY_MS })
}
