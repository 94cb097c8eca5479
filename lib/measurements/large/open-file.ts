import { Problem } from '../../core/problem.ts'
import { charsetOf, headerOf, lineFormatOf, withCharset } from '../content-type.ts'
import { openCsv } from '../csv-dialect.ts'
import { parameterProblem } from '../parameters.ts'
import { type UploadOptions, uploadOptions } from '../upload-options.ts'
import { PART_BYTES } from './cut.ts'
import { type Encoding, findEncoding } from './encoding.ts'
import type { LargeUpload, ReadBytes } from './large-upload.ts'
import type { FileContext } from './parse-part.ts'
import { lineOffset } from './scan-lines.ts'
import type { FileSettings } from './state.ts'

/** Finds out how the lines of a file are read. Throws a `Problem` for a type, a charset or options that do not fit. */
export async function openFile(upload: LargeUpload, read: ReadBytes, settings: FileSettings): Promise<FileContext> {
  const { type, size } = upload
  const format = lineFormatOf(type)
  if (format === null)
    throw new Problem('content_type_unsupported', 'The rows of a large file must be in lines. Send CSV or NDJSON.')
  const options = parseOptions(upload)
  const isCsv = format === 'csv'
  const charset = charsetOf(type)
  const first = await read(0, Math.min(size, isCsv ? PART_BYTES : 4))
  const encoding = findEncoding(charset, first)
  const found = isCsv ? findNames(first, encoding, upload, options) : undefined
  return {
    ...{ upload, options, settings, layout: undefined, delimiter: found?.delimiter },
    file: { size, read, encoding, isCsv, names: found?.offset },
    // Only the first part has the byte order mark that shows the order of bytes.
    type: charset === undefined ? type : withCharset(type, encoding.charset),
  }
}

function parseOptions({ options: texts }: LargeUpload): UploadOptions {
  const { data, error } = uploadOptions.safeParse(texts)
  if (error) throw parameterProblem(`options.${error.issues[0]?.path.join('.')}`, `${error.issues[0]?.message}`)
  return data
}

/** Finds the line of the names of CSV, and its separator. Throws a `Problem` if the lines above it are longer than a part. */
function findNames(first: Uint8Array, encoding: Encoding, { type, size }: LargeUpload, options: UploadOptions) {
  const text = new TextDecoder(encoding.charset.replaceAll('"', '')).decode(first).replaceAll('\0', '')
  const { start, line, delimiter } = openCsv(text, { ...options, header: headerOf(type, options) })
  if (start >= text.length && first.length < size) throw namesMissing()
  return { offset: lineOffset(first, encoding, line), delimiter }
}

const namesMissing = () =>
  new Problem(
    'limit_exceeded',
    `The first ${PART_BYTES} bytes of the file have no column names. Remove the lines above them.`,
  )
