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
  type Survey,
  survey,
} from './co2logserver-survey.ts'

/** Blocks between two notes of how far it has come: after a crash, so many are sent again at most. */
const BATCH = 32
/** More would not be stored faster: a new table takes 4 MB a second, and the local one does one thing at a time. */
const WRITES_AT_ONCE = 6
/** Longer than a write and all its repetitions take. */
const WRITE_MS = 600_000

export interface StoredCounts {
  rows: number
  newBlocks: number
  blocksThere: number
}

/** A file that has been read from end to end, and how an earlier import of it stands. */
export interface SurveyedFile {
  /** Names the file. */
  id: string
  table: LogTable
  cutting: CutOptions
  found: Survey
  state: ImportState | null
}

/** Reads a file from end to end, as it will be stored under a client. `at` hears of its rows. */
export async function surveyFile(
  client: string,
  table: LogTable,
  timeColumns: readonly string[],
  at: (rows: number) => void,
): Promise<SurveyedFile> {
  const { findImport } = await import('../../lib/measurements/store/imports.ts')
  const id = fileDigest(table)
  const state = await findImport(client, id)
  const cutting = { timeColumns, ends: state?.ends ?? [] }
  const found = survey(table, cutting, state?.blocks ?? 0, at)
  checkState(found, state, timeColumns)
  return { id, table, cutting, found, state }
}

/** A file must be cut as it was before, or rows would come twice. */
function checkState({ rows }: Survey, state: ImportState | null, timeColumns: readonly string[]): void {
  if (!state) return
  if (state.time_columns.join() !== timeColumns.join()) {
    throw new CommandError(`This file was imported with TIME_COLUMNS=${state.time_columns.join()}: set the same here.`)
  }
  const last = state.ends.at(-1) ?? 0
  if (rows < last)
    throw new CommandError(`This file has ${rows} rows, and was imported with ${last}: it is an older copy.`)
}

/**
 * Stores the blocks of a file under a client. What an earlier import has noted as stored is passed over; what is there
 * for another reason is left as it is. Where the file ends is noted before the first block, since that shapes the last.
 */
export async function storeFile(
  client: string,
  { id, table, cutting, found, state }: SurveyedFile,
): Promise<StoredCounts> {
  const { saveImport } = await import('../../lib/measurements/store/imports.ts')
  const { putBlock } = await import('../../lib/measurements/store/blocks.ts')
  const { saveSeries } = await import('../../lib/measurements/store/catalog.ts')

  const { timeColumns } = cutting
  const ends = found.rows === cutting.ends.at(-1) ? cutting.ends : [...cutting.ends, found.rows]
  let version = state?.version
  const save = async (blocks: number, digest: string): Promise<void> => {
    const next = { ends: [...ends], blocks, digest, time_columns: [...timeColumns] }
    const saved = await saveImport(client, id, next, version)
    if (saved === null)
      throw new CommandError('Another import of this file is under way: let it end, then repeat this one.')
    version = saved
  }

  const known = state && state.digest === found.digest ? state.blocks : 0
  await saveSeries(client, found.series)
  await save(known, known === 0 ? '' : (found.digest ?? ''))
  const stored: StoredCounts = { rows: 0, newBlocks: 0, blocksThere: 0 }
  let count = 0
  let digest = ''
  const work = { what: 'Importing', total: found.rows - found.faults.rows, unit: 'rows' }
  await withProgress(work, async (at) => {
    for (const batch of batches(cutFile(table, { timeColumns, ends }, UNHEARD))) {
      const unknown = batch.slice(Math.max(known - count, 0))
      let added = 0
      await inParallel(unknown, WRITES_AT_ONCE, async ({ block, receipt }) => {
        if (await putBlock(client, block, receipt, {}, AbortSignal.timeout(WRITE_MS))) added += 1
      })
      count += batch.length
      for (const cut of batch) digest = nextDigest(digest, cut)
      if (unknown.length > 0) await save(count, digest)
      stored.newBlocks += added
      stored.blocksThere += batch.length - added
      stored.rows += batch.reduce((sum, { block }) => sum + block.rows, 0)
      at(stored.rows)
    }
  })
  // From here on, nothing is taken for granted: a repeat looks at every block.
  await save(0, '')
  return stored
}

/** What there is to say was said when the file was read first. */
const UNHEARD = { warnings: tally(), faults: tally(), row: () => undefined }

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
