import { inParallel } from '../../lib/core/concurrency.ts'
import type { ImportState } from '../../lib/measurements/store/imports.ts'
import { CommandError } from '../support/error-message.ts'
import { withProgress } from '../support/progress.ts'
import { tally } from '../support/tally.ts'
import type { CutBlock } from './block-cutter.ts'
import {
  type CutOptions,
  cutFile,
  fileDigest,
  type LogTable,
  nextDigest,
  readSurvey,
  type Survey,
} from './co2logserver-survey.ts'

/** Blocks per stored progress. After a crash, at most this number of blocks is sent again. */
const BATCH = 32
/** More would not be faster: a new table accepts 4 MB per second, and the local one processes one request at a time. */
const WRITES_AT_ONCE = 6
/** Longer than a write with all retries. */
const WRITE_MS = 600_000

export interface StoredCounts {
  rows: number
  newBlocks: number
  existingBlocks: number
}

/** A file that has been read completely, with the state of an earlier import. */
export interface SurveyedFile {
  /** Id of the file, see `fileDigest`. */
  id: string
  table: LogTable
  cutting: CutOptions
  survey: Survey
  state: ImportState | null
}

/** Reads a whole file before its import for a client. `at` receives the number of rows. */
export async function surveyFile(
  client: string,
  table: LogTable,
  timeColumns: readonly string[],
  at: (rows: number) => void,
): Promise<SurveyedFile> {
  const { findImport } = await import('../../lib/measurements/store/imports.ts')
  const id = fileDigest(table)
  const state = await findImport(client, id)
  // A continued import cuts the same blocks as before.
  const cutting = { timeColumns, times: state?.times ?? ('seconds' as const), ends: state?.ends ?? [] }
  const survey = readSurvey(table, cutting, state?.blocks ?? 0, at)
  checkState(survey, state, timeColumns)
  return { id, table, cutting, survey, state }
}

/** Throws if the file would be cut differently than before, because rows would then be stored twice. */
function checkState({ rows }: Survey, state: ImportState | null, timeColumns: readonly string[]): void {
  if (!state) return
  if (state.time_columns.join() !== timeColumns.join()) {
    throw new CommandError(
      `This file was imported with TIME_COLUMNS=${state.time_columns.join()}: set the same value here.`,
    )
  }
  const last = state.ends.at(-1) ?? 0
  if (rows < last)
    throw new CommandError(`This file has ${rows} rows, but was imported with ${last}: import the newer copy.`)
}

/**
 * Stores the blocks of a file for a client. Blocks that an earlier import stored are skipped, and existing blocks do not
 * change. The number of rows is stored before the first block, because it determines the last one.
 */
export async function storeFile(
  client: string,
  { id, table, cutting, survey, state }: SurveyedFile,
): Promise<StoredCounts> {
  const { saveImport } = await import('../../lib/measurements/store/imports.ts')
  const { putBlock } = await import('../../lib/measurements/store/blocks.ts')
  const { saveSeries } = await import('../../lib/measurements/store/catalog.ts')

  const { timeColumns, times } = cutting
  const ends = survey.rows === cutting.ends.at(-1) ? cutting.ends : [...cutting.ends, survey.rows]
  let version = state?.version
  const save = async (blocks: number, digest: string): Promise<void> => {
    const next = { ends: [...ends], blocks, digest, time_columns: [...timeColumns], times }
    const saved = await saveImport(client, id, next, version)
    if (saved === null)
      throw new CommandError('Another import of this file is running: wait until it ends, then repeat this one.')
    version = saved
  }

  const storedBlocks = state && state.digest === survey.digest ? state.blocks : 0
  await saveSeries({ clientId: client }, survey.series)
  await save(storedBlocks, storedBlocks === 0 ? '' : (survey.digest ?? ''))
  const stored: StoredCounts = { rows: 0, newBlocks: 0, existingBlocks: 0 }
  let count = 0
  let digest = ''
  const work = { what: 'Importing', total: survey.rows - survey.faults.rows, unit: 'rows' }
  await withProgress(work, async (at) => {
    for (const batch of batches(cutFile(table, { timeColumns, times, ends }, IGNORED))) {
      const newCuts = batch.slice(Math.max(storedBlocks - count, 0))
      let added = 0
      await inParallel(newCuts, WRITES_AT_ONCE, async ({ block, receipt }) => {
        if (await putBlock({ clientId: client }, block, receipt, {}, AbortSignal.timeout(WRITE_MS))) added += 1
      })
      count += batch.length
      for (const cut of batch) digest = nextDigest(digest, cut)
      if (newCuts.length > 0) await save(count, digest)
      stored.newBlocks += added
      stored.existingBlocks += batch.length - added
      stored.rows += batch.reduce((sum, { block }) => sum + block.rows, 0)
      at(stored.rows)
    }
  })
  // A repeated import checks every block again.
  await save(0, '')
  return stored
}

/** Ignores the report, because the survey contains it already. */
const IGNORED = { warnings: tally(), faults: tally(), row: () => undefined }

function* batches(cuts: Iterable<CutBlock>): Generator<CutBlock[]> {
  let batch: CutBlock[] = []
  for (const cut of cuts) {
    batch.push(cut)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
