import type { Problem } from '../../core/problem.ts'
import { type Block, toBlocks } from '../blocks.ts'
import type { Cell } from '../cells.ts'
import type { CsvLayout, FilePart, Reading } from '../file-part.ts'
import { parseColumns } from '../parse-upload.ts'
import type { LastRows } from '../repeats.ts'
import { type DataTable, toTable } from '../table.ts'
import { decodeText } from '../text.ts'
import type { UploadOptions } from '../upload-options.ts'
import { type WarningEntries, Warnings } from '../warnings.ts'
import { type LineFile, type LongLine, lineTooLong, type Part } from './cut.ts'
import { digestSource } from './facts.ts'
import type { LargeUpload } from './large-upload.ts'
import type { FileSettings } from './state.ts'

/** What every part of a file needs. */
export interface FileContext {
  upload: LargeUpload
  /** Content-Type with the charset in which parts are decoded. */
  type: string
  options: UploadOptions
  settings: FileSettings
  file: LineFile
  /** Of CSV, once its first part is parsed. */
  layout: CsvLayout | undefined
  /** The separator of CSV. */
  delimiter: string | undefined
}

/** How to read a part. */
interface PartPlan {
  /** It is narrowed by the values of the part. */
  reading: Reading
  /** The columns whose words for missing values are null. */
  cleared: ReadonlySet<string>
  onCells?: (column: string, cells: readonly Cell[]) => void
  findTimeColumn: (table: DataTable) => string | null
  findEmptyColumns: () => ReadonlySet<string>
  /** By the digests of sources. It becomes that of this part. */
  lastRows: Map<string, LastRows>
}

interface ParsedPart {
  layout: CsvLayout | undefined
  /** Names of columns as sent. */
  names: string[]
  table: DataTable
  blocks: Block[]
  /** Without notes about the names of columns. */
  warnings: WarningEntries
}

/** Parses a part of a file into blocks. Throws a `Problem` whose places are those in the part. */
export function parsePart(context: FileContext, part: Part, plan: PartPlan): ParsedPart {
  const { upload, type, options, settings, layout, delimiter } = context
  // After the check, the same run reads the first part again, with the lines above the names.
  const filePart: FilePart = { reading: plan.reading, delimiter, ...(part.start > 0 && layout && { layout }) }
  const parsed = new Warnings()
  const read = () =>
    parseColumns(type, part.bytes, options, { textColumns: settings.textColumns, part: filePart }, parsed)
  if (part.longLine) throw explainLongLine(part, part.longLine, context, read)
  const columns = read()
  const converted = new Warnings()
  const table = toTable(columns, settings.accept, converted, settings.textColumns, {
    ...plan,
    rows: filePart.rows ?? 0,
  })
  const blocks = toBlocks(
    table,
    {
      timeColumns: settings.timeColumns,
      timeColumn: plan.findTimeColumn(table),
      timeOptions: options,
      participant: upload.owner.participant,
      receivedAt: upload.receivedAt,
      uploadId: `file ${upload.fileId} ${part.start}`,
      part: { emptyColumns: plan.findEmptyColumns(), lastRows: lastRowsOf(plan.lastRows) },
    },
    converted,
  )
  const { values, notes, ignored } = parsed.entries()
  return {
    ...{ layout: filePart.layout, names: columns.map(([name]) => name), table, blocks },
    warnings: { values: [...values, ...converted.entries().values], notes, ignored },
  }
}

/** What is not text is reported as such. The parser finds a quote that hides line ends. */
function explainLongLine({ bytes }: Part, longLine: LongLine, { file }: FileContext, parse: () => unknown): Problem {
  decodeText(bytes, file.encoding.charset)
  if (longLine.isQuoted) parse()
  return lineTooLong(longLine)
}

/** The last rows by source. The map has digests, since it is saved. */
const lastRowsOf = (lastRows: Map<string, LastRows>) => ({
  get: (source: string) => lastRows.get(digestSource(source)),
  set(source: string, rows: LastRows) {
    // The order is that of the last occurrence.
    lastRows.delete(digestSource(source))
    return lastRows.set(digestSource(source), rows)
  },
})
