import { Problem } from '../core/problem.ts'
import { parseCsv } from './csv.ts'
import { findCsvParameter, findHeaderConflict } from './csv-options.ts'
import { parseForm } from './form.ts'
import { parseJson, parseNdjson } from './json.ts'
import { parseMsgpack } from './msgpack.ts'
import { parameterProblem } from './parameters.ts'
import type { ParseOptions } from './parse-options.ts'
import type { RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

type Parser = (bytes: Uint8Array, charset: string | undefined, warnings: Warnings, options: ParseOptions) => RawColumns

const tabSeparated: Parser = (bytes, charset, warnings, options) =>
  parseCsv(bytes, charset, warnings, { ...options, delimiter: options.delimiter ?? '\t' })
const form: Parser = (bytes, charset, _warnings, options) => parseForm(bytes, charset, options)

const msgpack: Parser = (bytes, _charset, warnings) => parseMsgpack(bytes, warnings)

const FORMATS: Readonly<Record<string, Parser>> = {
  'application/json': parseJson,
  'application/x-ndjson': parseNdjson,
  'application/ndjson': parseNdjson,
  'application/jsonl': parseNdjson,
  'text/csv': parseCsv,
  'application/csv': parseCsv,
  'text/tab-separated-values': tabSeparated,
  'text/plain': parseCsv,
  'application/x-www-form-urlencoded': form,
  'application/msgpack': msgpack,
  'application/x-msgpack': msgpack,
  'application/vnd.msgpack': msgpack,
}

function splitType(contentType: string | undefined) {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim())
  const parser = Object.hasOwn(FORMATS, type.toLowerCase()) ? FORMATS[type.toLowerCase()] : undefined
  return { type, parameters, parser }
}

/** Whether a Content-Type is CSV with any separator, or with tabs; null for other formats. */
export function csvTypeOf(contentType: string | undefined): 'any' | 'tab' | null {
  const { parser } = splitType(contentType)
  return parser === parseCsv ? 'any' : parser === tabSeparated ? 'tab' : null
}

/** Whether a Content-Type has a row in each line, as CSV and NDJSON have; null for other formats. */
export function lineFormatOf(contentType: string | undefined): 'csv' | 'ndjson' | null {
  if (csvTypeOf(contentType) !== null) return 'csv'
  return splitType(contentType).parser === parseNdjson ? 'ndjson' : null
}

const readParameter = (parameters: readonly string[], name: string): string | undefined =>
  parameters.find((parameter) => parameter.toLowerCase().startsWith(name))?.replace(/^\w+\s*=\s*/, '')

/** The parameter `charset` of a Content-Type. */
export const charsetOf = (contentType: string): string | undefined =>
  readParameter(splitType(contentType).parameters, 'charset')

/** Whether CSV has its names: `Content-Type: text/csv; header=absent` (RFC 4180), or the parameter. */
export const headerOf = (contentType: string, { header }: ParseOptions): ParseOptions['header'] =>
  /^"?absent"?$/i.test(readParameter(splitType(contentType).parameters, 'header') ?? '') ? 'absent' : header

/** A Content-Type with another `charset`. */
export const withCharset = (contentType: string, charset: string): string =>
  `${contentType.replace(/;\s*charset\s*=[^;]*/i, '')}; charset=${charset}`

/** Parses an upload's body by its Content-Type, which may have parameters such as `charset`. Throws a `Problem`. */
export function parseBody(
  contentType: string | undefined,
  bytes: Uint8Array,
  warnings: Warnings,
  options: ParseOptions = {},
): RawColumns {
  const { type, parameters, parser } = splitType(contentType)
  if (!parser) {
    const reason =
      type === '' ? 'The Content-Type header is missing.' : `The Content-Type "${type.slice(0, 100)}" is not supported.`
    throw new Problem('content_type_unsupported', `${reason} Send one of ${Object.keys(FORMATS).join(', ')}.`, {
      headers: { accept: Object.keys(FORMATS).join(', ') },
    })
  }
  if (bytes.length === 0) throw new Problem('body_invalid', 'The body is empty.')
  const isCsv = csvTypeOf(type) !== null
  if (!isCsv) rejectCsvParameters(options, type)
  const header = isCsv ? headerOf(contentType ?? '', options) : options.header
  if (isCsv) checkHeader({ ...options, header })
  return parser(bytes, readParameter(parameters, 'charset'), warnings, header ? { ...options, header } : options)
}

function rejectCsvParameters(options: ParseOptions, type: string): void {
  const field = findCsvParameter(options)
  if (field) throw parameterProblem(field, `applies to CSV, but the Content-Type is ${type}`)
}

function checkHeader(options: ParseOptions): void {
  const conflict = findHeaderConflict(options)
  if (conflict) throw parameterProblem('columns', conflict)
}
