import { isUtf8 } from 'node:buffer'
import { Problem } from '../core/problem.ts'

const utf8 = new TextDecoder('utf-8')

/** Decodes a body's text by the `charset` of its content type, UTF-8 unless told, and says where it is broken. */
export function decodeText(bytes: Uint8Array, charset = 'utf-8'): string {
  if (/^"?utf-?8"?$/i.test(charset)) {
    if (!isUtf8(bytes)) {
      const byte = firstBrokenByte(bytes)
      throw new Problem('body_invalid', `The body is not UTF-8 text: byte ${byte} does not belong.`, {
        issues: [{ byte, detail: 'not UTF-8' }],
      })
    }
    return utf8.decode(bytes)
  }
  try {
    return new TextDecoder(charset.replaceAll('"', ''), { fatal: true }).decode(bytes)
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new Problem('content_type_unsupported', 'The charset of the Content-Type is not known. Send UTF-8.')
    }
    throw new Problem('body_invalid', 'The body does not hold text of the charset that its Content-Type names.')
  }
}

/** The first byte with which a prefix cannot be continued to UTF-8 any more: found by halving. */
function firstBrokenByte(bytes: Uint8Array): number {
  let valid = 0
  let broken = bytes.length + 1
  while (broken - valid > 1) {
    const middle = (valid + broken) >> 1
    if (canContinue(bytes.subarray(0, middle))) valid = middle
    else broken = middle
  }
  // A character that is cut off at the end is not broken, only unfinished.
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

/** Where in a text a character is: line and column from 1, and its byte in UTF-8 from 0. */
export function positionOfOffset(text: string, index: number): { line: number; column: number; byte: number } {
  const before = text.slice(0, index)
  const lines = before.split(/\r\n|\n|\r/)
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, byte: Buffer.byteLength(before) }
}

/** Refuses a body at a place in its text. */
export function textIssue(text: string, index: number, detail: string): Problem {
  const place = positionOfOffset(text, index)
  const where = `line ${place.line}, column ${place.column} (byte ${place.byte})`
  return new Problem('body_invalid', `The body does not parse at ${where}: ${detail}.`, {
    issues: [{ ...place, detail }],
  })
}
