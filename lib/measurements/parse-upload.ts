import { toColumnName } from './column-name.ts'
import { parseBody } from './parse-body.ts'
import type { ParseOptions } from './parse-options.ts'
import type { RawColumns } from './raw-columns.ts'
import { toTable } from './table.ts'
import type { UploadOptions } from './upload-options.ts'
import { Warnings } from './warnings.ts'

interface UploadSettings {
  ACCEPT_COLUMNS: RegExp
  TEXT_COLUMNS: readonly string[]
  /** The device that the header `X-Sensor` names. */
  sensor?: string | undefined
}

/** Parses the body of an upload into a table, with warnings. Rejects with a `Problem`. */
export async function parseUpload(
  contentType: string | undefined,
  body: Uint8Array,
  options: UploadOptions,
  { ACCEPT_COLUMNS, TEXT_COLUMNS, sensor }: UploadSettings,
) {
  const warnings = new Warnings()
  const columns = parseColumns(contentType, body, options, { textColumns: TEXT_COLUMNS, sensor }, warnings)
  return { options, table: toTable(columns, ACCEPT_COLUMNS, warnings, TEXT_COLUMNS), warnings }
}

/** Parses the body of an upload, or a part of a file, into columns of raw values. Throws a `Problem`. */
export function parseColumns(
  contentType: string | undefined,
  body: Uint8Array,
  options: UploadOptions,
  context: Pick<ParseOptions, 'textColumns' | 'sensor' | 'part'>,
  warnings: Warnings,
): RawColumns {
  const raw = parseBody(contentType, body, warnings, { ...options, ...context })
  return options.box === undefined ? raw : withBox(raw, options.box, context.part?.rows)
}

/** The columns with the box of all rows that name none. */
function withBox(raw: RawColumns, box: string, minRows = 0): RawColumns {
  const rows = raw.reduce((most, [, values]) => Math.max(most, values.length), minRows)
  const [name, boxes = []] = raw.find(([sentName]) => toColumnName(sentName) === 'box') ?? ['box']
  const isNamed = (value: unknown): boolean => value !== null && value !== undefined && value !== ''
  const filled = Array.from({ length: rows }, (_, row) => (isNamed(boxes[row]) ? boxes[row] : box))
  return [...raw.filter(([sentName]) => sentName !== name), [name, filled]]
}
