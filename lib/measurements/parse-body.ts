import { Problem } from '../core/problem.ts'
import { parseContentType, type UploadFormat } from './content-type.ts'
import { parseCsv } from './csv.ts'
import { parseForm } from './form.ts'
import { parseJson, parseNdjson } from './json.ts'
import { parseMsgpack } from './msgpack.ts'
import type { ParseOptions } from './parse-options.ts'
import type { RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

type Parser = (bytes: Uint8Array, charset: string | undefined, warnings: Warnings, options: ParseOptions) => RawColumns

const PARSERS: Readonly<Record<UploadFormat, Parser>> = {
  json: parseJson,
  ndjson: parseNdjson,
  csv: parseCsv,
  tab: (bytes, charset, warnings, options) =>
    parseCsv(bytes, charset, warnings, { ...options, delimiter: options.delimiter ?? '\t' }),
  form: (bytes, charset, _warnings, options) => parseForm(bytes, charset, options),
  msgpack: (bytes, _charset, warnings) => parseMsgpack(bytes, warnings),
}

/** Parses an upload's body by its Content-Type, which may have parameters such as `charset`. Throws a `Problem`. */
export function parseBody(
  contentType: string | undefined,
  bytes: Uint8Array,
  warnings: Warnings,
  options: ParseOptions = {},
): RawColumns {
  const { format, charset, header } = parseContentType(contentType, options)
  if (bytes.length === 0) throw new Problem('body_invalid', 'The body is empty.')
  return PARSERS[format](bytes, charset, warnings, header ? { ...options, header } : options)
}
