import { Problem } from '../core/problem.ts'
import { type CsvOptions, findCsvParameter, findHeaderConflict } from './csv-options.ts'
import { parameterProblem } from './parameters.ts'

/** Formats of an upload by media type. `tab` is CSV whose separator is a tab. */
const FORMATS = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'tab',
  'text/plain': 'csv',
  'application/x-www-form-urlencoded': 'form',
  'application/msgpack': 'msgpack',
  'application/x-msgpack': 'msgpack',
  'application/vnd.msgpack': 'msgpack',
} as const

export type UploadFormat = (typeof FORMATS)[keyof typeof FORMATS]

const isKnown = (type: string): type is keyof typeof FORMATS => Object.hasOwn(FORMATS, type)

function splitType(contentType = '') {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim())
  const lowerCase = type.toLowerCase()
  return { type, parameters, format: isKnown(lowerCase) ? FORMATS[lowerCase] : null }
}

/** Whether a Content-Type is CSV with any separator, or with tabs; null for other formats. */
export function csvTypeOf(contentType: string | undefined): 'any' | 'tab' | null {
  const { format } = splitType(contentType)
  return format === 'csv' ? 'any' : format === 'tab' ? 'tab' : null
}

/** Whether a Content-Type has a row in each line, as CSV and NDJSON have; null for other formats. */
export function lineFormatOf(contentType: string | undefined): 'csv' | 'ndjson' | null {
  if (csvTypeOf(contentType) !== null) return 'csv'
  return splitType(contentType).format === 'ndjson' ? 'ndjson' : null
}

const readParameter = (parameters: readonly string[], name: string): string | undefined =>
  parameters.find((parameter) => parameter.toLowerCase().startsWith(name))?.replace(/^\w+\s*=\s*/, '')

/** The parameter `charset` of a Content-Type. */
export const charsetOf = (contentType: string | undefined): string | undefined =>
  readParameter(splitType(contentType).parameters, 'charset')

/** Whether CSV has its names: `Content-Type: text/csv; header=absent` (RFC 4180), or the parameter. */
export const headerOf = (contentType: string | undefined, { header }: CsvOptions): CsvOptions['header'] =>
  /^"?absent"?$/i.test(readParameter(splitType(contentType).parameters, 'header') ?? '') ? 'absent' : header

/** A Content-Type with another `charset`. */
export const withCharset = (contentType: string, charset: string): string =>
  `${contentType.replace(/;\s*charset\s*=[^;]*/i, '')}; charset=${charset}`

/** What a Content-Type says about a body: its format, its `charset`, and whether it has a line with names. */
export interface ContentType {
  format: UploadFormat
  charset: string | undefined
  header: CsvOptions['header']
}

/** Parses a Content-Type, and checks that the options apply to it. Throws a `Problem`. */
export function parseContentType(contentType: string | undefined, options: CsvOptions): ContentType {
  const { type, format } = splitType(contentType)
  if (format === null) {
    const reason =
      type === '' ? 'The Content-Type header is missing.' : `The Content-Type "${type.slice(0, 100)}" is not supported.`
    const types = Object.keys(FORMATS).join(', ')
    throw new Problem('content_type_unsupported', `${reason} Send one of ${types}.`, { headers: { accept: types } })
  }
  const isCsv = csvTypeOf(type) !== null
  const field = isCsv ? undefined : findCsvParameter(options)
  if (field) throw parameterProblem(field, `applies to CSV, but the Content-Type is ${type}`)
  const header = isCsv ? headerOf(contentType, options) : options.header
  const conflict = isCsv ? findHeaderConflict({ ...options, header }) : undefined
  if (conflict) throw parameterProblem('columns', conflict)
  return { format, charset: charsetOf(contentType), header }
}
