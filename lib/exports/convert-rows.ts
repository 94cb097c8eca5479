import { ByteWriter } from 'hyparquet-writer'
import { deleteObject, putObject, readObject } from '../files/bucket.ts'
import { writeParquet } from '../measurements/parquet.ts'
import { toParquetColumns } from '../measurements/parquet-columns.ts'
import { readSpool } from '../measurements/spool.ts'
import { objectKey, writtenExtension } from './export.ts'
import { resolvePlan } from './plan.ts'
import { mediaType } from './resource.ts'
import type { Run } from './run.ts'

/** Makes a Parquet file of each file of rows, until the deadline. All have the columns that the rows of all need. */
export async function convertRows(run: Run): Promise<void> {
  const { rows, timestamps } = resolvePlan(run.record, undefined)
  const columns = toParquetColumns(rows.columns, run.record.counts ?? [], timestamps)
  for (const [index, source] of run.record.written.entries()) {
    const { record } = run
    if (index < record.converted.length) continue
    if (Date.now() > run.deadline) return
    const spool = objectKey({ ...record, number: index + 1, run: source.run }, writtenExtension(record))
    const writer = new ByteWriter()
    await writeParquet(writer, columns, readSpool((await readObject(spool)).setEncoding('utf8')))
    const bytes = writer.getBytes()
    const key = objectKey({ ...record, number: index + 1, run: record.runs }, 'parquet')
    await putObject(key, bytes, mediaType(record.format))
    const file = { rows: source.rows, size: bytes.length, run: record.runs }
    await run.save({ converted: [...record.converted, file] })
    // The end of the export deletes it again, if this fails.
    await deleteObject(spool).catch(() => undefined)
  }
}
