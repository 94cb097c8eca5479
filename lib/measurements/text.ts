import { isUtf8 } from 'node:buffer'
import { Problem } from '../core/problem.ts'
import { placedProblem } from './placed-problem.ts'

const utf8 = new TextDecoder('utf-8')

export const isUtf8Charset = (charset = 'utf-8'): boolean => /^"?utf-?8"?$/i.test(charset)

/** The text of bytes that are ASCII. */
export const asciiText = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1')

/**
 * Decodes a body by the `charset` of its Content-Type. Throws a `Problem` with the first invalid byte of UTF-8. Only the
 * start of a text shows that it is UTF-16: `isStart` is false for a later part.
 */
export function decodeText(bytes: Uint8Array, charset = 'utf-8', isStart = true): string {
  if (isUtf8Charset(charset)) {
    const utf16 = isStart ? findUtf16(bytes) : null
    if (utf16) throw new Problem('body_invalid', `The body is UTF-16. Send UTF-8, or ${declare(utf16)}.`)
    if (!isUtf8(bytes)) throw notUtf8(bytes)
    return utf8.decode(bytes)
  }
  try {
    const label = charset.replaceAll('"', '')
    // RFC 2781 section 4.3: without an endianness in its name, the byte order mark decides.
    const isBigEndian = /^utf-16$/i.test(label) && bytes[0] === 0xfe && bytes[1] === 0xff
    return new TextDecoder(isBigEndian ? 'utf-16be' : label, { fatal: true }).decode(bytes)
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new Problem('content_type_unsupported', 'The charset in Content-Type is not supported. Send UTF-8.')
    }
    throw new Problem('body_invalid', 'The body is not valid text in the charset of its Content-Type.')
  }
}

const declare = (charset: string): string => `declare it as in Content-Type: text/csv; charset=${charset}`

/** ASCII in UTF-16 has a NUL byte in each character. */
const UTF16_SAMPLE_BYTES = 64
const MIN_UTF16_BYTES = 6

/** The UTF-16 charset that a body has by its byte order mark or its NUL bytes; null for another. */
function findUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes.length < MIN_UTF16_BYTES || (bytes[0] !== 0 && bytes[1] !== 0)) return null
  const sample = bytes.subarray(0, Math.min(UTF16_SAMPLE_BYTES, bytes.length & ~1))
  const isNulAt = (odd: 0 | 1) => sample.every((byte, index) => (byte === 0) === (index % 2 === odd))
  if (isNulAt(1)) return 'utf-16le'
  return isNulAt(0) ? 'utf-16be' : null
}

/** Bytes that Windows-1252 does not define, and sequences that only UTF-8 makes likely. */
const NOT_WINDOWS_1252 = /[\x81\x8d\x8f\x90\x9d]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}/

/** First bytes of files that are not text. */
const FILE_KINDS: readonly (readonly [hex: string, cure: string])[] = [
  ['504b0304', 'It seems to be an Excel file: save it as CSV.'],
  ['d0cf11e0', 'It seems to be an Excel file: save it as CSV.'],
  ['1f8b', 'It is compressed: send Content-Encoding: gzip.'],
]

function notUtf8(bytes: Uint8Array): Problem {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  const [, fileCure] = FILE_KINDS.find(([hex]) => start.startsWith(hex)) ?? []
  const textCure = NOT_WINDOWS_1252.test(Buffer.from(bytes).toString('latin1'))
    ? 'Send UTF-8, or name the charset in Content-Type.'
    : `It may be Windows-1252: send UTF-8, or ${declare('windows-1252')}.`
  const cure = fileCure ?? textCure
  const messageAt = ({ byte }: { byte: number }) => `The body is not valid UTF-8 at byte ${byte}. ${cure}`
  return placedProblem('body_invalid', { byte: findInvalidByte(bytes) }, messageAt, { detail: 'not UTF-8' })
}

/** The first byte after which the text can no longer become valid UTF-8, found by bisection. */
function findInvalidByte(bytes: Uint8Array): number {
  let valid = 0
  let invalid = bytes.length + 1
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    if (canContinue(bytes.subarray(0, middle))) valid = middle
    else invalid = middle
  }
  // A character that is cut off at the end is incomplete, not invalid.
  return Math.min(valid, bytes.length - 1)
}

function canContinue(prefix: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Position of a character in a text: line and column from 1, and its UTF-8 byte from 0. */
export function positionOfOffset(text: string, index: number): { line: number; column: number; byte: number } {
  const before = text.slice(0, index)
  const lines = before.split(/\r\n|\n|\r/)
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, byte: Buffer.byteLength(before) }
}

/** The error for a body that is invalid at a character of its text. */
export function textIssue(text: string, index: number, detail: string): Problem {
  type Position = ReturnType<typeof positionOfOffset>
  const messageAt = ({ line, column, byte }: Position) =>
    `The body does not parse at line ${line}, column ${column} (byte ${byte}): ${detail}.`
  return placedProblem('body_invalid', positionOfOffset(text, index), messageAt, { detail })
}
