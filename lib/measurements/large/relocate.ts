import { Problem } from '../../core/problem.ts'
import { type Place, PlacedProblem } from '../placed-problem.ts'
import type { Part } from './cut.ts'
import { countBytes, type Encoding } from './encoding.ts'
import { lineOffset } from './scan-lines.ts'

interface Location {
  part: Part
  encoding: Encoding
  /** Rows of the file before the part. */
  rowsBefore: number
}

/** The error of a part with the rows, lines and bytes of the file. Returns other errors unchanged. */
export function relocate(error: unknown, { part, encoding, rowsBefore }: Location): unknown {
  if (!(error instanceof PlacedProblem)) return error
  return error.moved((place) => ({
    ...place,
    ...(place.row !== undefined && { row: place.row + rowsBefore }),
    ...(place.line !== undefined && { line: place.line + part.linesBefore }),
    ...(place.byte !== undefined && { byte: part.start + byteOf(place, part, encoding) }),
  }))
}

/** The byte of a place in a part. Parsers count those of decoded text, without NUL characters. */
function byteOf({ line, column = 1, byte = 0 }: Place, { bytes, start }: Part, encoding: Encoding): number {
  if (line === undefined) return byte
  const offset = lineOffset(bytes, encoding, line)
  if (column === 1) return offset
  const text = new TextDecoder(encoding.charset.replaceAll('"', '')).decode(bytes.subarray(offset))
  const mark = start === 0 && line === 1 ? encoding.mark : 0
  return offset + mark + countBytes(text.slice(0, column - 1), encoding)
}

/** An error without a place, in the only row of a part of NDJSON. */
export function locate(error: Problem, { part, encoding }: Location): Problem {
  const text = new TextDecoder(encoding.charset.replaceAll('"', '')).decode(part.bytes)
  // Blank lines may be above the row.
  const [blank = ''] = /^\s*/.exec(text) ?? []
  const line = blank.split('\n').length
  const place = { line: part.linesBefore + line, byte: part.start + lineOffset(part.bytes, encoding, line) }
  const { field, detail = 'invalid' } = error.issues[0] ?? {}
  return new Problem(error.code, `${error.message} See line ${place.line} (from byte ${place.byte} on).`, {
    issues: [{ ...(field !== undefined && { field }), ...place, detail }],
    cause: error,
  })
}
