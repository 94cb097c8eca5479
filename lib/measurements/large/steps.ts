import { timeBudgets } from '../../core/time-budgets.ts'
import { type FilePart, openReading } from '../file-part.ts'
import { parseColumns } from '../parse-upload.ts'
import { storeBlocks } from '../store/blocks.ts'
import { saveSeriesNotes } from '../store/series-notes.ts'
import { Warnings } from '../warnings.ts'
import { checkPart, decide, warningsOf } from './check.ts'
import { clearedColumns, emptyColumns, noFacts, storedColumns } from './facts.ts'
import { limitLastRows } from './last-rows.ts'
import { type FileContext, parsePart } from './parse-part.ts'
import { type PartSource, runPart } from './run-parts.ts'
import type { RoomCheck } from './series-room.ts'
import { type FileState, startOfFile } from './state.ts'

/** What the steps of one run share. */
export interface Run extends PartSource {
  context: FileContext
  checkRoom: RoomCheck
  /** UNIX milliseconds. */
  deadline: number
  /** Of the whole file, if this run has needed them. */
  warnings?: Warnings
}

/** Parses the first part again if the run starts after it: the first part has the names of CSV. */
export async function findLayout(
  { context, file }: Run,
  { pass, position, headBytes, reading }: FileState,
): Promise<void> {
  if (!file.isCsv || position.start === 0) return
  const { type, options, settings, delimiter } = context
  const part: FilePart = { reading: pass === 'check' ? openReading() : { ...reading }, delimiter }
  const head = await file.read(0, headBytes)
  parseColumns(type, head, options, { textColumns: settings.textColumns, part }, new Warnings())
  context.layout = part.layout
}

/** Checks the next part, and stores nothing. */
export async function checkNext(run: Run, state: FileState): Promise<FileState> {
  const { part, next, result } = await runPart(run, state.position, {
    rowsBefore: state.rows,
    work: (part) => checkPart(run.context, state, part, run.checkRoom),
  })
  return { ...state, ...result, position: next, headBytes: part.start === 0 ? part.end : state.headBytes }
}

/**
 * Decides how the whole file is read, after its last part is checked. If parts were read in another way, they are checked
 * again. Throws a `Problem` for what is wrong with the file as a whole, and for warnings with `strict`.
 */
export async function finishCheck(run: Run, state: FileState): Promise<FileState> {
  const decided = state.pass === 'check' ? decide(run.context, state) : {}
  const fromStart = startOfFile(run.partBytes)
  if (state.pass === 'check' && state.isStale) {
    const { firstReading: _, ...others } = state
    return { ...others, ...decided, ...fromStart, firstReading: null, pass: 'recheck', facts: noFacts() }
  }
  // Rows whose columns are all dropped are not stored.
  const totalRows = storedColumns(state.facts, state.settings).size === 0 ? 0 : state.rows
  const checked = { ...state, ...decided, totalRows }
  const warnings = await findWarnings(run, checked)
  warnings.report(run.context.options.strict ?? false)
  return { ...checked, ...fromStart, pass: 'store' }
}

/** The warnings of the whole file. */
export async function findWarnings(run: Run, state: FileState): Promise<Warnings> {
  run.warnings ??= await warningsOf(run.context, state)
  return run.warnings
}

/** Stores the next part. */
export async function storeNext(run: Run, state: FileState): Promise<FileState> {
  const { context, deadline } = run
  const { upload } = context
  const { part, next, result } = await runPart(run, state.position, {
    rowsBefore: state.rows,
    work(part) {
      const lastRows = new Map(state.lastRows)
      const parsed = parsePart(context, part, {
        reading: { ...state.reading },
        cleared: clearedColumns(state.facts),
        findTimeColumn: () => state.timeColumn ?? null,
        findEmptyColumns: () => emptyColumns(state.facts, context.settings),
        lastRows,
      })
      return { ...parsed, lastRows: limitLastRows(lastRows) }
    },
  })
  const { table, blocks, layout, lastRows } = result
  context.layout = layout
  const { owner, receivedAt, attributesOf } = upload
  const receipt = { receivedAt, matchedChecksums: [], failedChecksums: [] }
  await storeBlocks(owner, blocks, receipt, {
    // The file and the part identify blocks without times.
    nameless: false,
    deadline: deadline - timeBudgets.fileSaveMs,
    attributesOf,
  })
  const warnings = await findWarnings(run, state)
  await saveSeriesNotes(owner, blocks, { warnings: warnings.list(), units: table.units, receivedAt })
  return {
    ...{ ...state, lastRows, position: next, rows: state.rows + table.rows },
    headBytes: part.start === 0 ? part.end : state.headBytes,
  }
}
