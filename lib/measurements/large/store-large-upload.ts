import { getSettings } from '../../config/settings.ts'
import { isStorageFailure, Problem } from '../../core/problem.ts'
import { timeBudgets } from '../../core/time-budgets.ts'
import { countWarnings } from '../store/series-notes.ts'
import { PART_BYTES } from './cut.ts'
import type { LargeUpload, LargeUploadOutcome, ReadBytes, SaveProgress, ShownProgress } from './large-upload.ts'
import { openFile } from './open-file.ts'
import { fromProgress, toProgress } from './progress.ts'
import { makePartReader } from './run-parts.ts'
import { makeRoomCheck } from './series-room.ts'
import { type FileSettings, type FileState, newState } from './state.ts'
import { checkNext, findLayout, findWarnings, finishCheck, type Run, storeNext } from './steps.ts'

/** A timer may end somewhat before its time by the clock. */
const EARLY_MS = 10

/** @limit Uploads | warnings that the status of a large file lists */
const MAX_REPORTED = 200

/**
 * Stores the rows of a large file, all or none: it checks every part before it stores the first. Continues from the
 * progress of an earlier run, and ends before the deadline (UNIX milliseconds). Throws `storage_unavailable`, after which
 * the next run continues.
 */
export async function storeLargeUpload(
  upload: LargeUpload,
  read: ReadBytes,
  progress: unknown,
  save: SaveProgress,
  deadline: number,
  { partBytes = PART_BYTES }: { partBytes?: number } = {},
): Promise<LargeUploadOutcome> {
  const isLate = (reserveMs: number): boolean => Date.now() >= deadline - reserveMs
  let state = progress === undefined ? newState(await readSettings(), partBytes) : fromProgress(progress)
  let run: Run | undefined
  for (;;) {
    if (isLate(timeBudgets.filePartMs)) return { state: 'unfinished' }
    let saved: object
    try {
      run ??= await startRun(upload, read, state, { partBytes, deadline })
      if (isStored(upload, state)) return await finish(run, state)
      state = await takeStep(run, state)
      saved = toProgress(state)
    } catch (error) {
      if (isStorageFailure(error) && isLate(timeBudgets.fileSaveMs + EARLY_MS)) return { state: 'unfinished' }
      if (isStorageFailure(error) || !(error instanceof Problem)) throw error
      return { state: 'failed', problem: withStoredRows(error, state) }
    }
    await save(saved, showProgress(upload, state))
  }
}

async function finish(run: Run, state: FileState): Promise<LargeUploadOutcome> {
  const warnings = await findWarnings(run, state)
  countWarnings(warnings.list())
  return { state: 'stored', result: { 'saved-in-db': state.totalRows, ...warnings.report(false, MAX_REPORTED) } }
}

async function readSettings(): Promise<FileSettings> {
  const { ACCEPT_COLUMNS, TEXT_COLUMNS, TIME_COLUMNS } = await getSettings(
    'ACCEPT_COLUMNS',
    'TEXT_COLUMNS',
    'TIME_COLUMNS',
  )
  return { accept: ACCEPT_COLUMNS, textColumns: TEXT_COLUMNS, timeColumns: TIME_COLUMNS }
}

async function startRun(
  upload: LargeUpload,
  read: ReadBytes,
  state: FileState,
  { partBytes, deadline }: Pick<Run, 'partBytes' | 'deadline'>,
): Promise<Run> {
  const context = await openFile(upload, read, state.settings)
  const { file } = context
  const reader = makePartReader(file)
  const run: Run = { context, file, reader, partBytes, deadline, checkRoom: makeRoomCheck(upload.owner) }
  await findLayout(run, state)
  return run
}

const isAtEnd = ({ size }: LargeUpload, { position }: FileState): boolean => position.start === size

const isStored = (upload: LargeUpload, state: FileState): boolean =>
  state.pass === 'store' && (state.totalRows === 0 || isAtEnd(upload, state))

function takeStep(run: Run, state: FileState): Promise<FileState> {
  if (state.pass === 'store') return storeNext(run, state)
  return isAtEnd(run.context.upload, state) ? finishCheck(run, state) : checkNext(run, state)
}

/** Each byte is processed twice: checked, and stored. */
function showProgress({ size }: LargeUpload, { pass, position, rows }: FileState): ShownProgress {
  const checked = pass === 'check' ? position.start : size
  return {
    rows: pass === 'store' ? rows : 0,
    bytes: Math.floor((checked + (pass === 'store' ? position.start : 0)) / 2),
  }
}

/** Another upload may have filled a series after the check. */
function withStoredRows(problem: Problem, { pass, rows }: FileState): Problem {
  if (pass !== 'store' || rows === 0) return problem
  const { code, message, issues } = problem
  return new Problem(code, `${message} The first ${rows} rows are stored.`, { issues: [...issues], cause: problem })
}
