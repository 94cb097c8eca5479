import { Problem } from '../core/problem.ts'
import { putObject } from '../files/bucket.ts'
import { encodeCursor } from '../measurements/parameters.ts'
import { type CellCounts, countCell, noCells } from '../measurements/parquet-columns.ts'
import type { Position } from '../measurements/store/all-rows.ts'
import { objectKey, writtenExtension } from './export.ts'
import { exportLimits } from './limits.ts'
import { type NewFile, startFile } from './new-file.ts'
import { lineFormat, resolvePlan, rowsOf } from './plan.ts'
import { mediaType } from './resource.ts'
import type { Run } from './run.ts'

/** How often a long search for rows renews the lease. */
const RENEW_MS = 60_000

/** Writes files until all rows are written, or until the deadline. Saves the position after each. */
export async function writeRows(run: Run): Promise<void> {
  while (!run.record.complete && Date.now() < run.deadline) await writeFile(run)
}

/** Rows for one file, the cells of its columns by kind for Parquet, and where the next file starts. */
interface Collected {
  file: NewFile
  counts: CellCounts[] | undefined
  next: Position | undefined
}

async function writeFile(run: Run): Promise<void> {
  const { record } = run
  const { file, counts, next } = await collectRows(run)
  const progress = next ? { cursor: encodeCursor(next) } : { complete: true }
  // An export has one file at least, and no other file without rows.
  if (file.rows === 0 && (next || record.written.length > 0)) return run.save(progress)
  if (record.written.length >= exportLimits.files) throw tooManyFiles()
  const bytes = file.toBytes()
  const number = record.written.length + 1
  const key = objectKey({ ...record, number, run: record.runs }, writtenExtension(record))
  await putObject(key, bytes, mediaType(record.format))
  const written = [...record.written, { rows: file.rows, size: bytes.length, run: record.runs }]
  await run.save({ written, ...progress, ...(counts && { counts }) })
}

/** Reads rows until a file is full, or until the deadline. Every run makes progress, even if reading takes all its time. */
async function collectRows(run: Run): Promise<Collected> {
  const { format, cursor, counts: before } = run.record
  const plan = resolvePlan(run.record, cursor)
  const counts = format === 'parquet' ? structuredClone(before ?? plan.rows.columns.map(noCells)) : undefined
  const file = startFile(lineFormat(format, plan))
  let renewedAt = Date.now()
  let isFirst = true
  for await (const { rows, at } of rowsOf(run.owner, plan)) {
    const { fileRows, fileBytes } = exportLimits
    const isFull = file.rows > 0 && (file.rows + rows.length > fileRows || file.size() >= fileBytes)
    const isLate = !isFirst && Date.now() > run.deadline
    if (at && (isFull || isLate)) return { file, counts, next: at }
    isFirst = false
    for (const row of rows) {
      file.add(row)
      counts?.forEach((column, place) => {
        countCell(column, row[place] ?? null)
      })
    }
    if (Date.now() < renewedAt + RENEW_MS) continue
    await run.renew()
    renewedAt = Date.now()
  }
  return { file, counts, next: undefined }
}

export const tooManyFiles = () =>
  new Problem(
    'range_too_large',
    `An export has at most ${exportLimits.files} files. Narrow the range with from, to and source.`,
  )
